/** How messages of SNMP's version 3 are signed and encrypted, by the names that settings have for it. */

/** What a manager takes: also what an old printer has, and nothing better. */
export const managerAuthProtocols = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
/** `aes256` as Blumenthal's draft has it, which Net-SNMP follows; `aes256-c` as Reeder's, which Cisco does. */
export const managerPrivProtocols = ['des', 'aes', 'aes256', 'aes256-c'] as const;

/** RFC 3414 §11.2. */
export const minPasswordLength = 8;
