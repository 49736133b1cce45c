// The words, turn by turn. Only what is near the window is in the page, in blocks, so that a long talk costs no more.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { found } from '../../state/filters';
import { conversation, reads, selected, sought, talk } from '../../state/talk';
import { t } from '../../words';
import { TurnRow } from './turn-row';

const BLOCK = 40;
// Before a block was seen: about the height of its turns.
const ROW_HEIGHT = 68;
// Blocks this far from the window are drawn before they are reached.
const MARGIN = '900px 0px';

export function Transcript({ inline }: { inline: boolean }) {
  const list = useRef<HTMLDivElement>(null);
  const all = reads.value;
  const places = found.value ?? all.map((_, place) => place);
  const nBlocks = Math.ceil(places.length / BLOCK);
  const near = useNear(list, nBlocks);
  const blockOfSelected = Math.floor(Math.max(0, places.indexOf(selected.value)) / BLOCK);
  useSeek(list);
  return (
    <div ref={list} class="transcript" role="feed" aria-label={t('Conversation {name}', { name: conversation.value?.id ?? '' })}>
      {places.length === 0 && <p class="empty-state">{t('No turns match.')}</p>}
      {Array.from({ length: nBlocks }, (_, block) => {
        const own = places.slice(block * BLOCK, (block + 1) * BLOCK);
        const drawn = near.has(block) || block === blockOfSelected;
        return (
          <Block key={block} number={block} drawn={drawn} nRows={own.length}>
            {drawn &&
              own.map((place) => {
                const read = all[place];
                const before = all[place - 1];
                if (!read) return null;
                const follows = found.value === null && before?.turn.speaker === read.turn.speaker && place % BLOCK > 0;
                return (
                  <TurnRow
                    // A row that begins to follow another is made anew, or its name would stay away.
                    key={`${read.turn.key ?? read.turn.number} ${follows}`}
                    read={read}
                    place={place}
                    follows={follows}
                    inline={inline}
                    current={selected.value === place}
                  />
                );
              })}
          </Block>
        );
      })}
    </div>
  );
}

interface BlockProps {
  number: number;
  drawn: boolean;
  nRows: number;
  children: preact.ComponentChildren;
}

function Block({ number, drawn, nRows, children }: BlockProps) {
  const box = useRef<HTMLDivElement>(null);
  const height = useRef(nRows * ROW_HEIGHT);
  useLayoutEffect(() => {
    if (drawn && box.current) height.current = box.current.offsetHeight;
  });
  return (
    <div ref={box} class="block" data-block={number} style={{ minHeight: drawn ? '' : `${height.current}px` }}>
      {children}
    </div>
  );
}

/** Returns the blocks that are in the window or near it. */
function useNear(list: preact.RefObject<HTMLElement | null>, nBlocks: number): Set<number> {
  const [near, setNear] = useState(() => new Set([0]));
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        setNear((before) => {
          const now = new Set(before);
          for (const entry of entries) {
            const block = Number((entry.target as HTMLElement).dataset['block']);
            if (entry.isIntersecting) now.add(block);
            else now.delete(block);
          }
          return now;
        });
      },
      { rootMargin: MARGIN },
    );
    for (const block of list.current?.querySelectorAll('[data-block]') ?? []) observer.observe(block);
    return () => observer.disconnect();
  }, [nBlocks]);
  return near;
}

/** Brings the selected turn into view whenever it was sought, and keeps the focus with it. */
function useSeek(list: preact.RefObject<HTMLElement | null>): void {
  const seen = useRef(sought.value);
  useLayoutEffect(() => {
    if (seen.current === sought.value) return;
    seen.current = sought.value;
    const row = list.current?.querySelector<HTMLElement>(`[data-place="${selected.value}"]`);
    if (!row) return;
    const focused = list.current?.contains(document.activeElement) && document.activeElement?.closest('article') !== row;
    // The last turn of a live talk is shown above the field in which the next is written.
    row.scrollIntoView({ block: talk.value?.kind === 'live' ? 'end' : 'nearest' });
    if (focused) row.focus({ preventScroll: true });
  });
}
