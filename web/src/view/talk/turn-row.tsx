// One turn as it is read: who, what, and how it feels.

import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import { initials, speakerColour } from '../../looks/speakers';
import { turnWords } from '../../model/describe';
import { probabilityOf } from '../../model/filter';
import { clock, percent } from '../../model/format';
import type { Read } from '../../model/reading';
import { heard, playTurn, sound } from '../../state/audio';
import { filter } from '../../state/filters';
import { theme } from '../../state/settings';
import { infos, reads, select, selected, speakers, styleOf } from '../../state/talk';
import { t } from '../../words';
import { Icon } from '../parts/icons';
import { ConfidenceLine, Emotion } from '../parts/label';
import { TurnPanel } from './turn-panel';

interface TurnRowProps {
  read: Read;
  place: number;
  /** Whether its speaker has the turn before it too. */
  follows: boolean;
  /** Whether details stand below the turn, where there is no room beside it. */
  inline: boolean;
  current: boolean;
}

// A longer text is folded: it would push everything else away.
const FOLDED_FROM = 900;

function Row({ read, place, follows, inline, current }: TurnRowProps) {
  const { turn } = read;
  const [open, setOpen] = useState(false);
  const { order } = filter.value;
  const style = read.label === null ? undefined : styleOf.value.get(read.label);
  const hue = speakerColour(speakers.value.indexOf(turn.speaker), theme.value);
  const classes = ['turn', follows && 'follows', current && 'current', heard.value === place && 'heard'];
  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      data-place={place}
      data-turn={turn.number}
      tabIndex={current ? 0 : -1}
      aria-label={turnWords(read)}
      aria-posinset={place + 1}
      aria-setsize={reads.value.length}
      aria-current={current ? 'true' : undefined}
      style={{ '--tone': style?.family === 'neutral' || !style ? 'transparent' : style.colour, '--who': hue }}
      onFocus={(event) => {
        // What has the focus is what keys act on; it is in view already.
        if (event.target === event.currentTarget) selected.value = place;
      }}
      onClick={(event) => {
        if ((event.target as Element).closest('button, select, input, textarea, details, a')) return;
        // Words that were marked to be copied stay marked.
        if (!document.getSelection()?.isCollapsed) return;
        select(place);
        if (inline) setOpen(!current || !open);
      }}
      onKeyDown={(event) => {
        if (event.target === event.currentTarget && event.key === 'Enter' && inline) setOpen(!open);
      }}
    >
      <span class="avatar" aria-hidden="true">
        {!follows && initials(turn.speaker)}
      </span>
      <div class="turn-said">
        <p class="turn-head">
          {!follows && (
            <strong class="turn-speaker" dir="auto">
              {turn.speaker}
            </strong>
          )}
          <span class="muted number">{`${turn.number}${turn.start === null ? '' : ` · ${clock(turn.start)}`}`}</span>
          {sound.value && turn.start !== null && (
            <button type="button" class="play" aria-label={t('Play turn {n}', { n: turn.number })} onClick={() => playTurn(place)}>
              <Icon name="play" />
            </button>
          )}
        </p>
        <Said text={turn.text} />
      </div>
      <div class="turn-mood">
        <span class="turn-emotion">
          <Emotion read={read} />
        </span>
        {read.best !== null && turn.correction === null && <ConfidenceLine read={read} />}
        {order !== '' && order !== read.label && read.best !== null && (
          <span class="turn-shift small">{`${t(order)} ${percent(probabilityOf(read, order))}`}</span>
        )}
        {read.shiftFrom !== null && <Shift from={read.shiftFrom} to={read.label ?? ''} />}
      </div>
      {inline && current && open && <TurnPanel />}
    </article>
  );
}

/** A change of the speaker's emotion, with whether it is for the better. */
function Shift({ from, to }: { from: string; to: string }) {
  const valence = (label: string) => infos.value.find((info) => info.label === label)?.valence ?? null;
  const [a, b] = [valence(from), valence(to)];
  const sign = a === null || b === null || a === b ? '→' : b > a ? '↗' : '↘';
  return (
    <span class="turn-shift small">
      <span aria-hidden="true">{`${sign} `}</span>
      {t('changed from {label}', { label: t(from) })}
    </span>
  );
}

function Said({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const long = text.length > FOLDED_FROM;
  const shown = long && !whole ? `${text.slice(0, FOLDED_FROM).trimEnd()}…` : text;
  return (
    <div class="turn-text" dir="auto">
      {text === '' ? <span class="muted">{t('(no text)')}</span> : <Marked text={shown} words={filter.value.words} />}
      {long && (
        <button type="button" class="link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? t('Show less') : t('Show the full turn')}
        </button>
      )}
    </div>
  );
}

/** A text with the words that are looked for marked. */
function Marked({ text, words }: { text: string; words: string }) {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return <>{text}</>;
  const parts: preact.ComponentChild[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  // Lower case may be longer than the text in a few languages: then nothing is marked rather than the wrong letters.
  if (lower.length !== text.length) return <>{text}</>;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}

export const TurnRow = memo(Row);
