// Keys within an open conversation; with a modifier everywhere, alone only where nothing is written.

import { useEffect } from 'preact/hooks';
import { correct } from '../../state/editing';
import { filter, found, nextLeastCertain } from '../../state/filters';
import { redo, undo } from '../../state/history';
import { labels, reads, select, selected } from '../../state/talk';

const PAGE = 10;

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

function step(by: number): void {
  const places = found.value ?? reads.value.map((_, place) => place);
  const at = places.indexOf(selected.value);
  // From a turn that does not match, on to the next that does; to the first where they stand in an order of their own.
  const before = filter.value.order === '' ? places.filter((place) => place < selected.value).length : 0;
  const from = at >= 0 ? at : before - (by > 0 ? 1 : 0);
  const to = places[Math.min(places.length - 1, Math.max(0, from + by))];
  if (to !== undefined) select(to);
}

function shift(direction: 1 | -1): void {
  for (let place = selected.value + direction; place >= 0 && place < reads.value.length; place += direction) {
    if (reads.value[place]?.shiftFrom != null) return select(place);
  }
}

const ACTS: Record<string, () => void> = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  PageDown: () => step(PAGE),
  PageUp: () => step(-PAGE),
  Home: () => step(-reads.value.length),
  End: () => step(reads.value.length),
  s: () => shift(1),
  S: () => shift(-1),
  n: nextLeastCertain,
  '/': () => document.getElementById('search')?.focus(),
};

/** Gives the selected turn the label of a number key; 0 takes the correction back. */
function label(key: string): boolean {
  const read = reads.value[selected.value];
  if (!/^\d$/.test(key) || !read || read.turn.status === 'waiting') return false;
  const wanted = key === '0' ? null : labels.value[Number(key) - 1];
  if (wanted === undefined) return false;
  void correct(read.turn.number, wanted);
  return true;
}

/** Takes undo and redo from the whole window while a conversation, or the table of several, is shown. */
export function useUndoKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isWriting(event.target)) return;
      const key = event.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      event.preventDefault();
      void (key === 'y' || event.shiftKey ? redo() : undo());
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

/** Returns what a key does. */
export function useKeys(): (event: KeyboardEvent) => void {
  useUndoKeys();
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event.target)) return;
    const inWords = event.target instanceof Element && event.target.closest('.transcript, .navigator, .turn-panel');
    if (!inWords) return;
    const act = ACTS[event.key];
    if (!act && !label(event.key)) return;
    // A slider and a button have keys of their own.
    event.preventDefault();
    act?.();
  };
}
