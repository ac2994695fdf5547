/** What the tests use of the package `ipp`, as a second opinion; it brings no types of its own. */

declare module 'ipp' {
  const ipp: {
    /** Never ends for some messages: only for those that our decoder has taken. */
    parse(bytes: Buffer): Record<string, unknown>;
    /** By attribute: the keyword of each number. */
    enums: Record<string, { lookup: string[] }>;
  };
  export default ipp;
}
