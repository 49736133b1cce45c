import { hasAffect } from '../../model/affect';
import { percent } from '../../model/format';
import { agreement } from '../../model/reading';
import { chooseContext } from '../../state/labels';
import { ask, asked } from '../../state/settings';
import {
  calibrated,
  goldLabel,
  hasGold,
  infos,
  labels,
  minProbability,
  reads,
  talk,
  unsureBelow,
  wheelOffered,
} from '../../state/talk';
import { count, t } from '../../words';
import { ReadingChoices } from '../parts/reading-choices';
import { LabelControls } from './label-controls';
import { settingsOpen } from './talk-head';

/** What answers are asked for and how they are shown; folded away until it is asked for. */
export function Controls() {
  return (
    <section id="settings" class="card controls" aria-label={t('Settings')} hidden={!settingsOpen.value}>
      <LabelControls />
      <LeastConfidence />
      <EarlierTurns />
      <Shown />
      <Reading />
    </section>
  );
}

function LeastConfidence() {
  const least = minProbability.value;
  const nUnsure = reads.value.filter((read) => read.unsure).length;
  return (
    <div class="field confidence">
      <label for="least-confidence">
        {t('Minimum confidence')} <span class="number">{percent(least)}</span>
      </label>
      <input
        id="least-confidence"
        type="range"
        min="0"
        max="100"
        step="1"
        value={Math.round(least * 100)}
        aria-describedby="unsure-count"
        onInput={(event) => ask({ minProbability: Number(event.currentTarget.value) / 100 })}
      />
      <span id="unsure-count" class="muted small">
        {nUnsure === 0 ? t('No unsure turns') : t('{turns} unsure', { turns: count(nUnsure, 'turn') })}
        {asked.value.minProbability !== null && asked.value.minProbability !== unsureBelow.value && (
          <>
            {' · '}
            <button type="button" class="link" onClick={() => ask({ minProbability: null })}>
              {t('Reset to {p}', { p: percent(unsureBelow.value) })}
            </button>
          </>
        )}
      </span>
    </div>
  );
}

function EarlierTurns() {
  const { context } = asked.value;
  return (
    <label class="field context">
      {t('Earlier turns as context')}
      <input
        type="number"
        min="0"
        max="200"
        inputMode="numeric"
        placeholder={t('as many as fit')}
        value={context ?? ''}
        onChange={(event) => {
          const value = event.currentTarget.value;
          chooseContext(value === '' ? null : Math.min(200, Math.max(0, Math.round(Number(value)))));
        }}
      />
    </label>
  );
}

function Shown() {
  const { showAffect, showGold, showWheel } = asked.value;
  const affect = hasAffect(infos.value);
  const { agreed, compared } = agreement(reads.value, goldLabel);
  return (
    <fieldset class="field checks">
      <legend>{t('In the timeline')}</legend>
      {affect && (
        <label class="check">
          <input
            type="checkbox"
            checked={showAffect}
            onChange={(event) => ask({ showAffect: event.currentTarget.checked })}
          />
          {t('Valence and arousal')}
        </label>
      )}
      {wheelOffered.value && (
        <label class="check">
          <input
            type="checkbox"
            checked={showWheel}
            onChange={(event) => ask({ showWheel: event.currentTarget.checked })}
          />
          {t('Feeling wheel')}
        </label>
      )}
      {hasGold.value && (
        <label class="check">
          <input
            type="checkbox"
            checked={showGold}
            onChange={(event) => ask({ showGold: event.currentTarget.checked })}
          />
          {t('Labels from the file')}
          {compared > 0 && (
            <span class="muted small">{t('{agreed} of {compared} match', { agreed, compared })}</span>
          )}
        </label>
      )}
      {labels.value.length > 0 && !calibrated.value && (
        <p class="muted small">{t('Probabilities for these labels are less well calibrated.')}</p>
      )}
    </fieldset>
  );
}

/** How the files were read, and another way to read them. */
function Reading() {
  const open = talk.value;
  if (!open || open.kind !== 'file') return null;
  return (
    <details class="reading">
      <summary>{t('How the file was read')}</summary>
      <p class="small">{t('Format: {format}', { format: open.format })}</p>
      {open.leftOut.map(({ source, columns }) => (
        <div key={source.name}>
          {open.leftOut.length > 1 && <p class="small">{source.name}</p>}
          <ReadingChoices source={source} columns={columns} />
        </div>
      ))}
    </details>
  );
}
