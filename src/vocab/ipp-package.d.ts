/** The tables of the package `ipp` that we use; it brings no types of its own. */

declare module 'ipp/lib/enums.js' {
  /** By attribute: each keyword's number. */
  const enums: Record<string, Record<string, number>>;
  export default enums;
}

declare module 'ipp/lib/status-codes.js' {
  const statusCodes: Record<string, number>;
  export default statusCodes;
}
