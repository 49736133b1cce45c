// The selected turn: what was said, how sure the model is of what, on what grounds, and a person's correction.

import { useState } from 'preact/hooks';
import { clock, percent, plural } from '../model/format';
import type { Read } from '../model/reading';
import type { Demonstration } from '../service/types';
import { settings } from '../state/settings';
import { goldLabel, labels, reads, select, selected } from '../state/talk';
import { Correction } from './correction';
import { Icon } from './icons';
import { Bar, EmptyBadge, LabelName } from './label';

// Most label sets are shown whole.
const FIRST_SHOWN = 8;

export function TurnPanel() {
  const read = reads.value[selected.value];
  if (!read) return null;
  const { turn } = read;
  return (
    <section class="card turn-panel" aria-labelledby="turn-title">
      <div class="card-head">
        <h2 id="turn-title">{`Turn ${turn.number}`}</h2>
        <div class="row">
          <Step word="Previous turn" icon="left" to={selected.value - 1} />
          <Step word="Next turn" icon="right" to={selected.value + 1} />
        </div>
      </div>
      <p class="muted small">
        <strong class="ink">{turn.speaker}</strong>
        {turn.start !== null && ` · ${clock(turn.start)}${turn.end === null ? '' : `–${clock(turn.end)}`}`}
      </p>
      <blockquote>{turn.text || <span class="muted">(no words)</span>}</blockquote>
      <Verdict read={read} />
      {turn.answer && <Probabilities read={read} />}
      <div class="row wrap between correct-row">
        <label class="field inline">
          <span>Correct to</span>
          <Correction read={read} name={`Correct turn ${turn.number} to`} />
        </label>
        <Grounds read={read} />
      </div>
      {turn.answer && turn.answer.demonstrations.length > 0 && <Demonstrations shown={turn.answer.demonstrations} />}
    </section>
  );
}

function Step({ word, icon, to }: { word: string; icon: 'left' | 'right'; to: number }) {
  return (
    <button
      type="button"
      class="button icon-only"
      aria-label={word}
      title={word}
      disabled={to < 0 || to >= reads.value.length}
      onClick={() => select(to)}
    >
      <Icon name={icon} />
    </button>
  );
}

/** The answer in one line. */
function Verdict({ read }: { read: Read }) {
  const { turn } = read;
  if (turn.status === 'failed') return <p class="problem-text">{turn.detail ?? 'The model cannot read this turn.'}</p>;
  if (read.best === null) return <p class="muted">Not recognised yet.</p>;
  return (
    <div class="verdict">
      {read.label === null ? (
        <span class="label-name">
          <EmptyBadge sign="?" />
          unsure
        </span>
      ) : (
        <LabelName label={read.label} />
      )}
      <span class="muted small">
        {turn.correction !== null && `corrected by hand; the model said ${read.best}, ${percent(read.confidence)}`}
        {turn.correction === null && read.unsure && `best guess ${read.best}, under the least confidence`}
        {read.label !== null && turn.correction === null && `confidence ${percent(read.confidence)}`}
        {read.shiftFrom !== null && ` · shift from ${read.shiftFrom}`}
      </span>
      {turn.gold !== null && (
        <span class="muted small">
          {`The file says ${turn.gold}`}
          {goldLabel(turn.gold) === null ? ', which is no label of this set' : ''}
        </span>
      )}
    </div>
  );
}

function Probabilities({ read }: { read: Read }) {
  const [all, setAll] = useState(false);
  const shares = labels.value
    .map((label) => [label, read.turn.answer?.probabilities[label] ?? 0] as const)
    .sort((a, b) => b[1] - a[1]);
  const least = settings.value.minProbability;
  const few = shares.length <= FIRST_SHOWN + 2;
  return (
    <>
      <table class="probabilities">
        <caption class="unseen">Probability of every label</caption>
        <tbody>
          {shares.slice(0, all || few ? shares.length : FIRST_SHOWN).map(([label, share]) => (
            <tr key={label}>
              <th scope="row">
                <LabelName label={label} />
              </th>
              <td class="bar-cell">
                <Bar label={label} share={share} />
                {least > 0 && <span class="least" aria-hidden="true" style={{ left: `${least * 100}%` }} />}
              </td>
              <td class="number">{percent(share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!few && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Show the most probable' : `Show all ${shares.length} labels`}
        </button>
      )}
    </>
  );
}

/** What the model read for its answer. */
function Grounds({ read }: { read: Read }) {
  const { answer, number } = read.turn;
  if (!answer) return null;
  const earlier = number - 1;
  const words =
    earlier === 0
      ? 'the first turn'
      : answer.history_turns >= earlier
        ? `read with ${earlier === 1 ? 'the turn' : `all ${earlier} turns`} before it`
        : `read with ${plural(answer.history_turns, 'earlier turn')} of ${earlier}`;
  return (
    <span class="muted small">
      {words}
      {answer.text_cut && ' · too long for the model: its end was not read'}
    </span>
  );
}

function Demonstrations({ shown }: { shown: Demonstration[] }) {
  return (
    <details class="demonstrations" open>
      <summary>{`Shown to the model as ${shown.length === 1 ? 'an example' : `${shown.length} examples`}`}</summary>
      <ul class="plain">
        {shown.map((demonstration, place) => (
          <li key={place}>
            <LabelName label={demonstration.label} />
            <span>
              {demonstration.speaker !== null && <strong>{demonstration.speaker}: </strong>}
              {demonstration.text}
            </span>
            <span class="muted small number">similarity {demonstration.similarity.toFixed(2)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
