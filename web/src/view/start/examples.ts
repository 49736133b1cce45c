// Invented conversations that are shipped with the package.

import dinner from '../../../../examples/family_dinner.jsonl?raw';
import support from '../../../../examples/support_chat.txt?raw';
import { word } from '../../words';

export interface Example {
  title: string;
  name: string;
  text: string;
}

export const EXAMPLES: [Example, Example] = [
  { title: word('A support chat, two speakers'), name: 'support_chat.txt', text: support },
  { title: word('A family dinner, four speakers'), name: 'family_dinner.jsonl', text: dinner },
];
