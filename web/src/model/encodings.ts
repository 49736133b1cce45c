// Encodings that a person may choose for a file, by the names that the service takes.

export const ENCODINGS: [name: string, title: string][] = [
  ['utf-8', 'UTF-8'],
  ['cp1252', 'Windows-1252 (Western)'],
  ['cp1250', 'Windows-1250 (Central European)'],
  ['cp1251', 'Windows-1251 (Cyrillic)'],
  ['iso8859-15', 'ISO 8859-15 (Western)'],
  ['koi8-r', 'KOI8-R (Russian)'],
  ['cp1253', 'Windows-1253 (Greek)'],
  ['cp1254', 'Windows-1254 (Turkish)'],
  ['gb18030', 'GB18030 (Chinese)'],
  ['big5', 'Big5 (Chinese)'],
  ['shift_jis', 'Shift JIS (Japanese)'],
  ['euc_kr', 'EUC-KR (Korean)'],
  ['utf-16', 'UTF-16'],
];

/** Returns a file's text as the service read it: in the encoding that was chosen, else as its first bytes say. */
export function decode(data: ArrayBuffer, encoding: string | undefined): string {
  const [first, second] = new Uint8Array(data);
  const marked = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null;
  const chosen = encoding === undefined || encoding === 'utf-16' ? (marked ?? encoding ?? 'utf-8') : encoding;
  // Browsers know two of them by other names.
  const named = chosen.replace(/^iso8859-/, 'iso-8859-').replace(/^euc_kr$/, 'euc-kr');
  return new TextDecoder(named).decode(data);
}

export const ROLES = ['speaker', 'text', 'conversation', 'start', 'end', 'emotion'] as const;
export type Role = (typeof ROLES)[number];

/** Says whether a file of this name has tiers, of which some are speech. */
export function hasTiers(name: string): boolean {
  return /\.(eaf|textgrid)$/i.test(name);
}

/** Says whether a message of the service is about bytes that do not fit the encoding. */
export function isAboutEncoding(message: string): boolean {
  return /encoding|UTF-8/i.test(message);
}

/** Returns a message of the service without flags of the command line, which the page does not have. */
export function withoutFlags(message: string): string {
  return message
    .replace(/, or name its encoding, such as --encoding \S+/g, ', or choose its encoding')
    .replace(/give --([a-z-]+)-column NAME(, or '' [^;.]*)?/g, (_, role: string) => `choose the column of the ${role.replace(/-/g, ' ')}`)
    .replace(/ for --([a-z-]+)-column/g, (_, role: string) => ` for the ${role.replace(/-/g, ' ')}`)
    .replace(/; give --[a-z-]+[^;.]*/g, '')
    .replace(/--([a-z][a-z-]*)/g, (_, flag: string) => `“${flag.replace(/-/g, ' ')}”`);
}
