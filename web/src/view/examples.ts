// Invented conversations that are shipped with the package.

import dinner from '../../../examples/family_dinner.jsonl?raw';
import support from '../../../examples/support_chat.txt?raw';

export const EXAMPLES = [
  { title: 'A family dinner, four speakers', name: 'family_dinner.jsonl', text: dinner },
  { title: 'A support chat, two speakers', name: 'support_chat.txt', text: support },
];
