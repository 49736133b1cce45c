// The selected turn: how sure the model is of what, on what grounds, and what a person puts right.

import { useState } from 'preact/hooks';
import { emotionName } from '../../model/describe';
import { clock, percent } from '../../model/format';
import type { Read } from '../../model/reading';
import type { Demonstration } from '../../service/types';
import { correct, deleteTurn, giveTurn, rewordTurn } from '../../state/editing';
import { goldLabel, labels, minProbability, reads, select, selected, speakers, talk } from '../../state/talk';
import { count, t } from '../../words';
import { Icon } from '../parts/icons';
import { Bar, EmptyBadge, LabelName } from '../parts/label';
import { Why } from './why';

// Most label sets are shown whole.
const FIRST_SHOWN = 8;

export function TurnPanel() {
  const read = reads.value[selected.value];
  if (!read) return null;
  const { turn } = read;
  return (
    <section class="card turn-panel" aria-labelledby="turn-title">
      <div class="card-head">
        <h2 id="turn-title">{t('Turn {n}', { n: turn.number })}</h2>
        <div class="row">
          <Step word={t('Previous turn')} icon="left" to={selected.value - 1} />
          <Step word={t('Next turn')} icon="right" to={selected.value + 1} />
        </div>
      </div>
      <p class="muted small said-by">
        <strong class="ink" dir="auto">
          {turn.speaker}
        </strong>
        {turn.start !== null && ` · ${clock(turn.start)}${turn.end === null ? '' : `–${clock(turn.end)}`}`}
      </p>
      <blockquote dir="auto">{turn.text || <span class="muted">{t('(no text)')}</span>}</blockquote>
      <Verdict read={read} />
      {turn.answer && <Probabilities read={read} />}
      <Grounds read={read} earlier={selected.value} />
      {turn.answer && turn.answer.demonstrations.length > 0 && <Demonstrations shown={turn.answer.demonstrations} />}
      {/* What was explained is no reason of a new answer. */}
      {turn.answer && <Why key={`${talk.value?.id} ${turn.number} ${read.confidence}`} read={read} />}
      <Change key={turn.key ?? turn.number} read={read} />
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
  if (turn.status === 'failed')
    return <p class="problem-text">{turn.detail ?? t('The model cannot read this turn.')}</p>;
  if (read.best === null) return <p class="muted">{t('not recognised yet')}</p>;
  return (
    <div class="verdict">
      {read.label === null ? (
        <span class="label-name">
          <EmptyBadge sign="?" />
          {emotionName(read)}
        </span>
      ) : (
        <LabelName label={read.label} />
      )}
      <span class="muted small">
        {turn.correction !== null &&
          t('corrected by hand; the model said {label}, {p}', { label: t(read.best), p: percent(read.confidence) })}
        {turn.correction === null && read.label !== null && percent(read.confidence)}
        {read.shiftFrom !== null && ` · ${t('changed from {label}', { label: t(read.shiftFrom) })}`}
      </span>
      {turn.gold !== null && (
        <span class="muted small">
          {t('Label in the file: {label}', { label: t(turn.gold) })}
          {goldLabel(turn.gold) === null && `, ${t('not in this label set')}`}
        </span>
      )}
    </div>
  );
}

/** Every label with its probability; a click puts the turn right. */
function Probabilities({ read }: { read: Read }) {
  const [all, setAll] = useState(false);
  const { turn } = read;
  const shares = labels.value
    .map((label, place) => ({ label, place, share: turn.answer?.probabilities[label] ?? 0 }))
    .sort((a, b) => b.share - a.share);
  const least = minProbability.value;
  const few = shares.length <= FIRST_SHOWN + 2;
  return (
    <>
      <ul class="plain probabilities" aria-label={t('Probability of every label')}>
        {shares.slice(0, all || few ? shares.length : FIRST_SHOWN).map(({ label, place, share }) => {
          const chosen = turn.correction === label;
          return (
            <li key={label}>
              <button
                type="button"
                class="probability"
                aria-pressed={chosen}
                title={t('Correct to {label}', { label: t(label) })}
                disabled={turn.status === 'waiting'}
                onClick={() => void correct(turn.number, chosen ? null : label)}
              >
                <LabelName label={label} />
                <span class="bar-cell">
                  <Bar label={label} share={share} />
                  {least > 0 && <span class="least" aria-hidden="true" style={{ left: `${least * 100}%` }} />}
                </span>
                <span class="number">{percent(share)}</span>
                <kbd aria-hidden="true">{place < 9 ? place + 1 : ''}</kbd>
              </button>
            </li>
          );
        })}
      </ul>
      <p class="muted small hint">
        {turn.correction === null ? t('Click a label or press its number key to correct.') : ''}
        {turn.correction !== null && (
          <button type="button" class="link" onClick={() => void correct(turn.number, null)}>
            {t('Undo correction')}
          </button>
        )}
      </p>
      {!few && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('Show the most probable') : t('Show all {n} labels', { n: shares.length })}
        </button>
      )}
    </>
  );
}

/** What the model read for its answer. */
function Grounds({ read, earlier }: { read: Read; earlier: number }) {
  const { answer } = read.turn;
  if (!answer) return null;
  const words =
    earlier === 0
      ? t('First turn')
      : answer.history_turns >= earlier
        ? t('Read with all earlier turns')
        : t('Read with {some} of {n}', { some: answer.history_turns, n: count(earlier, 'earlier') });
  return (
    <p class="muted small">
      {words}
      {answer.text_cut && ` · ${t('too long for the model: the end was cut off')}`}
      {answer.language && ` · ${t('in a language that the model does not read, so less certain')}`}
    </p>
  );
}

function Demonstrations({ shown }: { shown: Demonstration[] }) {
  return (
    <details class="demonstrations">
      <summary>{t('Examples shown to the model')}</summary>
      <ul class="plain">
        {shown.map((demonstration, place) => (
          <li key={place}>
            <LabelName label={demonstration.label} />
            <span>
              {demonstration.speaker !== null && <strong>{demonstration.speaker}: </strong>}
              {demonstration.text}
            </span>
            <span class="muted small number">
              {t('similarity {n}', { n: demonstration.similarity.toFixed(2) })}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Who says it, and for live turns what. */
function Change({ read }: { read: Read }) {
  const { turn } = read;
  const [name, setName] = useState(turn.speaker);
  const [later, setLater] = useState(false);
  const [text, setText] = useState(turn.text);
  const live = talk.value?.kind === 'live';
  if (turn.status === 'waiting') return null;
  return (
    <details class="change">
      <summary>{live ? t('Edit speaker or text') : t('Change speaker')}</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void giveTurn(turn.number, name, later);
        }}
      >
        <label class="field">
          {t('Speaker')}
          <input
            value={name}
            list="known-speakers"
            maxLength={200}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <datalist id="known-speakers">
          {speakers.value.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <label class="check">
          <input type="checkbox" checked={later} onChange={(event) => setLater(event.currentTarget.checked)} />
          {t('and all later turns of {speaker}', { speaker: turn.speaker })}
        </label>
        <button type="submit" class="button" disabled={name.trim() === '' || name.trim() === turn.speaker}>
          {t('Assign to this speaker')}
        </button>
      </form>
      {live && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void rewordTurn(turn.number, text.trim());
          }}
        >
          <label class="field">
            {t('Text')}
            <textarea value={text} rows={2} dir="auto" onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          <div class="row">
            <button type="submit" class="button" disabled={text.trim() === '' || text.trim() === turn.text}>
              {t('Save text')}
            </button>
            <button type="button" class="button" onClick={() => void deleteTurn(turn.number)}>
              <Icon name="delete" /> {t('Delete turn')}
            </button>
          </div>
        </form>
      )}
    </details>
  );
}
