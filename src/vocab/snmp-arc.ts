/** Our arc until we own one: net-snmp sets aside 8072.9999.9999 for such use. */
const ours = '1.3.6.1.4.1.8072.9999.9999.740';

/** sysObjectID of the simulated printer. */
export const simulatedPrinterObjectId = `${ours}.2`;
