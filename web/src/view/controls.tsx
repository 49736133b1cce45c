import { hasAffect } from '../model/affect';
import { percent, plural } from '../model/format';
import { agreement } from '../model/reading';
import { chooseContext } from '../state/labels';
import { change, settings } from '../state/settings';
import { goldLabel, hasGold, infos, reads } from '../state/talk';
import { LabelControls } from './label-controls';

/** What answers are asked for and how they are shown. */
export function Controls() {
  return (
    <section class="card controls" aria-label="Settings">
      <LabelControls />
      <LeastConfidence />
      <EarlierTurns />
      <Shown />
    </section>
  );
}

function LeastConfidence() {
  const { minProbability } = settings.value;
  const nUnsure = reads.value.filter((read) => read.unsure).length;
  return (
    <div class="field confidence">
      <label for="least-confidence">
        Least confidence <span class="number">{percent(minProbability)}</span>
      </label>
      <input
        id="least-confidence"
        type="range"
        min="0"
        max="100"
        step="1"
        value={Math.round(minProbability * 100)}
        aria-describedby="unsure-count"
        onInput={(event) => change({ minProbability: Number(event.currentTarget.value) / 100 })}
      />
      <span id="unsure-count" class="muted small">
        {nUnsure === 0 ? 'No turn is left unsure' : `${plural(nUnsure, 'turn')} unsure`}
      </span>
    </div>
  );
}

function EarlierTurns() {
  const { context } = settings.value;
  return (
    <label class="field context">
      Earlier turns read
      <input
        type="number"
        min="0"
        max="200"
        inputMode="numeric"
        placeholder="all that fit"
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
  const { showAffect, showGold } = settings.value;
  const affect = hasAffect(infos.value);
  if (!affect && !hasGold.value) return null;
  const { agreed, compared } = agreement(reads.value, goldLabel);
  return (
    <fieldset class="field checks">
      <legend>Also show</legend>
      {affect && (
        <label class="check">
          <input
            type="checkbox"
            checked={showAffect}
            onChange={(event) => change({ showAffect: event.currentTarget.checked })}
          />
          Valence and arousal
        </label>
      )}
      {hasGold.value && (
        <label class="check">
          <input
            type="checkbox"
            checked={showGold}
            onChange={(event) => change({ showGold: event.currentTarget.checked })}
          />
          The file’s own labels
          {compared > 0 && <span class="muted small">{`same in ${agreed} of ${compared}`}</span>}
        </label>
      )}
    </fieldset>
  );
}
