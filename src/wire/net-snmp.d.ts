/** What we take of the package `net-snmp`, which has no types of its own: the cryptography of SNMP's version 3. */
declare module 'net-snmp' {
  interface AuthoritativeEngine {
    engineID: Buffer;
    engineBoots: number;
    engineTime: number;
  }
  const snmp: {
    AuthProtocols: Record<'md5' | 'sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512', number>;
    PrivProtocols: Record<'aes' | 'aes256b' | 'aes256r', number>;
    Authentication: {
      passwordToKey(authProtocol: number, password: string, engineID: Buffer): Buffer;
      getParametersLength(authProtocol: number): number;
      calculateDigest(message: Buffer, authProtocol: number, password: string, engineID: Buffer): Buffer;
    };
    Encryption: {
      encryptPdu(
        privProtocol: number,
        scopedPdu: Buffer,
        password: string,
        authProtocol: number,
        engine: AuthoritativeEngine,
      ): { encryptedPdu: Buffer; msgPrivacyParameters: Buffer };
      decryptPdu(
        privProtocol: number,
        encryptedPdu: Buffer,
        privParameters: Buffer,
        password: string,
        authProtocol: number,
        engine: AuthoritativeEngine,
      ): Buffer;
    };
  };
  export default snmp;
}
