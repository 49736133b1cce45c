// Addresses within the page: read and written.

export type Place =
  | { kind: 'start' }
  | {
      kind: 'talk' | 'live';
      id: string;
      /** Which of several, from 0; null for their table. */
      conversation: number | null;
      /** From 0. */
      turn: number;
      look: 'words' | 'timeline' | 'table';
    };

const LOOKS = ['words', 'timeline', 'table'] as const;

function whole(text: string | null | undefined): number | null {
  const value = Number(text);
  return text && Number.isInteger(value) && value > 0 ? value - 1 : null;
}

export function parseAddress(address: string): Place {
  const [path = '', query = ''] = address.replace(/^#/, '').split('?');
  const [, kind, id, conversation] = path.split('/');
  if ((kind !== 'talk' && kind !== 'live') || !id || !/^[0-9a-f]{1,32}$/.test(id)) return { kind: 'start' };
  const asked = new URLSearchParams(query);
  const look = LOOKS.find((one) => one === asked.get('look')) ?? 'words';
  return { kind, id, conversation: whole(conversation), turn: whole(asked.get('turn')) ?? 0, look };
}

export function writeAddress(place: Place): string {
  if (place.kind === 'start') return '#/';
  const path = `#/${place.kind}/${place.id}${place.conversation === null ? '' : `/${place.conversation + 1}`}`;
  const query = new URLSearchParams();
  if (place.look !== 'words') query.set('look', place.look);
  if (place.turn > 0) query.set('turn', String(place.turn + 1));
  return query.size > 0 ? `${path}?${query}` : path;
}
