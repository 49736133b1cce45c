import { useMemo, useState } from 'preact/hooks';
import { stackOrder } from '../../looks/label-style';
import { initials, speakerColour } from '../../looks/speakers';
import { percent } from '../../model/format';
import { type SpeakerSummary, summarise } from '../../model/summary';
import { renameSpeaker } from '../../state/editing';
import { theme } from '../../state/settings';
import { infos, labels, reads } from '../../state/talk';
import { count, t } from '../../words';
import { Icon } from '../parts/icons';
import { LabelName, StackedBar } from '../parts/label';

// More speakers than this are one list too long for a card.
const MOST_SHOWN = 8;

export function Speakers() {
  const [whole, setWhole] = useState(false);
  const all = useMemo(() => summarise(reads.value, labels.value), [reads.value, labels.value]);
  const order = useMemo(() => stackOrder(infos.value), [infos.value]);
  const names = all.map((one) => one.speaker);
  return (
    <section class="card" aria-labelledby="speakers-title">
      <h2 id="speakers-title">{t('Speakers')}</h2>
      <ul class="plain speakers">
        {(whole ? all : all.slice(0, MOST_SHOWN)).map((summary, place) => (
          <Speaker key={summary.speaker} summary={summary} order={order} place={place} names={names} />
        ))}
      </ul>
      {all.length > MOST_SHOWN && (
        <button type="button" class="link" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? t('Show fewer') : t('Show all {n}', { n: all.length })}
        </button>
      )}
    </section>
  );
}

interface SpeakerProps {
  summary: SpeakerSummary;
  order: readonly number[];
  place: number;
  names: string[];
}

function Speaker({ summary, order, place, names }: SpeakerProps) {
  const [editing, setEditing] = useState(false);
  const counts = [
    summary.nUnsure > 0 && t('{n} unsure', { n: summary.nUnsure }),
    count(summary.nShifts, 'shift'),
    summary.nCorrected > 0 && t('{n} corrected', { n: summary.nCorrected }),
  ].filter((words) => words !== false);
  return (
    <li>
      <div class="row between">
        <span class="row speaker-line" style={{ '--who': speakerColour(place, theme.value) }}>
          <span class="avatar small-avatar" aria-hidden="true">
            {initials(summary.speaker)}
          </span>
          <strong class="speaker-name" dir="auto">
            {summary.speaker}
          </strong>
        </span>
        <span class="row">
          <span class="muted small">{count(summary.nTurns, 'turn')}</span>
          <button
            type="button"
            class="button icon-only quiet"
            aria-label={t('Rename {speaker}', { speaker: summary.speaker })}
            title={t('Rename or merge with another speaker')}
            aria-expanded={editing}
            onClick={() => setEditing(!editing)}
          >
            <Icon name="edit" />
          </button>
        </span>
      </div>
      {editing && <Rename name={summary.speaker} others={names} onDone={() => setEditing(false)} />}
      <StackedBar shares={summary.shares} order={order} />
      <p class="unseen">{sharesInWords(summary)}</p>
      <div class="row between wrap small">
        <span class="row wrap">
          {summary.mostOften.length === 0 ? (
            <span class="muted">{t('no label yet')}</span>
          ) : (
            <>
              {summary.mostOften.length === 1 ? t('mostly') : t('equally often')}
              {summary.mostOften.slice(0, 3).map((label) => (
                <LabelName key={label} label={label} />
              ))}
            </>
          )}
        </span>
        <span class="muted">{counts.join(' · ')}</span>
      </div>
    </li>
  );
}

function Rename({ name, others, onDone }: { name: string; others: string[]; onDone: () => void }) {
  const [wanted, setWanted] = useState(name);
  const joins = wanted.trim() !== name && others.includes(wanted.trim());
  return (
    <form
      class="row rename"
      onSubmit={(event) => {
        event.preventDefault();
        onDone();
        void renameSpeaker(name, wanted);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone();
      }}
    >
      <input
        aria-label={t('New name of {speaker}', { speaker: name })}
        value={wanted}
        maxLength={200}
        list="speakers-to-join"
        ref={(element) => element?.focus()}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      <datalist id="speakers-to-join">
        {others
          .filter((other) => other !== name)
          .map((other) => (
            <option key={other} value={other} />
          ))}
      </datalist>
      <button type="submit" class="button" disabled={wanted.trim() === '' || wanted.trim() === name}>
        {joins ? t('Merge') : t('Rename')}
      </button>
    </form>
  );
}

function sharesInWords(summary: SpeakerSummary): string {
  const shares = labels.value.map((label, place) => [label, summary.shares[place] ?? 0] as const);
  return shares
    .filter(([, share]) => share >= 0.01)
    .sort((a, b) => b[1] - a[1])
    .map(([label, share]) => `${t(label)} ${percent(share)}`)
    .join(', ');
}
