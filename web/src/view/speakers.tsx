import { useMemo } from 'preact/hooks';
import { stackOrder } from '../looks/label-style';
import { percent, plural } from '../model/format';
import { type SpeakerSummary, summarise } from '../model/summary';
import { infos, labels, reads } from '../state/talk';
import { LabelName, StackedBar } from './label';

// More speakers than this are one list too long for a card.
const MOST_SHOWN = 12;

export function Speakers() {
  const all = useMemo(() => summarise(reads.value, labels.value), [reads.value, labels.value]);
  const order = useMemo(() => stackOrder(infos.value), [infos.value]);
  return (
    <section class="card" aria-labelledby="speakers-title">
      <h2 id="speakers-title">Speakers</h2>
      <ul class="plain speakers">
        {all.slice(0, MOST_SHOWN).map((summary) => (
          <Speaker key={summary.speaker} summary={summary} order={order} />
        ))}
      </ul>
      {all.length > MOST_SHOWN && <p class="muted small">{`and ${all.length - MOST_SHOWN} more, see the table`}</p>}
    </section>
  );
}

function Speaker({ summary, order }: { summary: SpeakerSummary; order: readonly number[] }) {
  const counts = [
    summary.nUnsure > 0 && `${summary.nUnsure} unsure`,
    plural(summary.nShifts, 'shift'),
    summary.nCorrected > 0 && `${summary.nCorrected} corrected`,
    summary.confidence !== null && `confidence ${percent(summary.confidence)}`,
  ].filter((words) => words !== false);
  return (
    <li>
      <div class="row between">
        <strong class="speaker-name">{summary.speaker}</strong>
        <span class="muted small">{plural(summary.nTurns, 'turn')}</span>
      </div>
      <StackedBar shares={summary.shares} order={order} />
      <p class="unseen">{sharesInWords(summary)}</p>
      <div class="row between wrap small">
        <span class="row">
          {summary.mostOften === null ? (
            <span class="muted">no label yet</span>
          ) : (
            <>
              mostly <LabelName label={summary.mostOften} />
            </>
          )}
        </span>
        <span class="muted">{counts.join(' · ')}</span>
      </div>
    </li>
  );
}

function sharesInWords(summary: SpeakerSummary): string {
  const shares = labels.value.map((label, place) => [label, summary.shares[place] ?? 0] as const);
  return shares
    .filter(([, share]) => share >= 0.01)
    .sort((a, b) => b[1] - a[1])
    .map(([label, share]) => `${label} ${percent(share)}`)
    .join(', ');
}
