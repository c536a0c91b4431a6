/** Error codes of k6 in words (k6, lib/netext/httpext/error_codes.go). */
const WORDS: Record<number, string> = {
  1000: 'an error that k6 does not tell apart',
  1010: 'a network error',
  1020: 'the URL is invalid',
  1050: 'the request timed out',
  1100: 'a DNS error',
  1101: 'the host name is unknown',
  1110: 'the address is on the block list',
  1111: 'the host name is on the block list',
  1200: 'a TCP error',
  1201: 'the connection broke while the request was sent',
  1202: 'a TCP error that k6 does not tell apart',
  1210: 'no connection could be made',
  1211: 'the connection timed out',
  1212: 'the connection was refused',
  1213: 'no connection could be made',
  1220: 'the connection was reset',
  1300: 'a TLS error',
  1310: 'the certificate is of an unknown authority',
  1311: 'the certificate is for another host name',
  1600: 'an HTTP/2 error',
  1610: 'HTTP/2: the target closed the connection',
  1630: 'HTTP/2: the stream was broken off',
  1650: 'HTTP/2: the connection was broken off',
  1701: 'the answer could not be decompressed',
};

/** What an error code of k6 says. k6 makes those of an HTTP status from it, so there the status says it. */
export function failureText(errorCode: number | null, status: number | null): string {
  if (errorCode !== null && WORDS[errorCode] !== undefined) return WORDS[errorCode];
  if (status !== null && status >= 500) return 'the target failed';
  if (status !== null && status >= 400) return 'the target refused the request';
  if (status !== null && status > 0) return 'a status that the scenario did not expect';
  return errorCode === null ? 'no answer' : `error ${errorCode} of k6`;
}
