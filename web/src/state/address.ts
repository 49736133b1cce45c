// Every conversation has an address: #/talk/ID for a file, #/live/ID, with the conversation of several and the turn.

import { effect, untracked } from '@preact/signals';
import { parseAddress, type Place, writeAddress } from '../model/address';
import { t } from '../words';
import { findKept, openKept } from './kept';
import { leaveLive, resumeLive } from './live';
import { type Arrival, mayLeave } from './leaving';
import { forgetEdits } from './history';
import { clearNotices, tell } from './notices';
import { look, screen, select, selected, shown, showConversation, talk } from './talk';

function here(): Place {
  const open = talk.value;
  if (screen.value === 'start' || !open) return { kind: 'start' };
  const inside = screen.value === 'overview' ? null : shown.value;
  return {
    kind: open.kind === 'live' ? 'live' : 'talk',
    id: open.id,
    conversation: open.conversations.length > 1 ? inside : null,
    turn: screen.value === 'overview' ? 0 : selected.value,
    look: look.value,
  };
}

/** Opens what an address names. */
async function go(address: string): Promise<void> {
  const place = parseAddress(address);
  if (place.kind === 'start') {
    screen.value = 'start';
    return;
  }
  if (talk.value?.id !== place.id) {
    const arrived = await open(place.kind, place.id);
    if (arrived === 'nowhere') screen.value = 'start';
    if (arrived !== 'there') return;
  }
  look.value = place.look;
  const several = (talk.value?.conversations.length ?? 0) > 1;
  if (several && place.conversation === null) screen.value = 'overview';
  else if (shown.value !== (place.conversation ?? 0) || screen.value !== 'conversation')
    showConversation(place.conversation ?? 0, place.turn);
  else if (place.turn !== selected.value) select(place.turn);
}

/** Opens a conversation, or stays with what is open: where the person would lose something, and where there is none. */
async function open(kind: 'talk' | 'live', id: string): Promise<Arrival> {
  if (kind === 'live') return resumeLive(id);
  const found = await findKept(id);
  if (found === null) {
    tell('note', t('The conversation at this link was not saved.'), [
      t('Open its file again. If you then choose “Save”, this link will work.'),
    ]);
    return 'nowhere';
  }
  if (!(await mayLeave())) return 'stayed';
  await leaveLive();
  forgetEdits();
  clearNotices();
  openKept(found);
  return 'there';
}

/** Opens a kept conversation from a list. */
export async function followKept(id: string): Promise<void> {
  if (talk.value?.id !== id) await open('talk', id);
  else screen.value = talk.value.conversations.length > 1 ? 'overview' : 'conversation';
}

/** Follows the browser's address, and writes it as the person moves. */
export async function followAddress(): Promise<void> {
  let going = false;
  const arrive = async () => {
    going = true;
    try {
      await go(location.hash);
    } finally {
      going = false;
      write();
    }
  };
  const write = () => {
    const wanted = writeAddress(here());
    if (going || wanted === (location.hash || '#/')) return;
    const [path, before] = [wanted, location.hash].map((address) => address.split('?')[0]);
    // Another turn is no step back; another conversation is.
    if (path === before || (before === '' && path === '#/')) history.replaceState(null, '', wanted);
    else history.pushState(null, '', wanted);
  };
  window.addEventListener('popstate', () => void arrive());
  await arrive();
  effect(() => {
    here();
    untracked(write);
  });
}
