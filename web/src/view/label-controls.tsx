import { useState } from 'preact/hooks';
import { parseOwnLabels } from '../model/labels';
import { chooseLabels } from '../state/labels';
import { settings } from '../state/settings';
import { labelList, models } from '../state/talk';

/** The label set: the model's, a shipped one, or words of one's own. */
export function LabelControls() {
  const { labelChoice } = settings.value;
  const own = models.value[0];
  return (
    <div class="label-controls">
      <label class="field">
        Label set
        <select value={labelChoice} onChange={(event) => chooseLabels(event.currentTarget.value)}>
          <option value="">{own ? `The model’s: ${own.label_set}` : 'The model’s own'}</option>
          {labelList.value?.label_sets.map((set) => (
            <option key={set.name} value={set.name}>
              {`${set.name} (${set.labels.length})`}
            </option>
          ))}
          <option value="own">Words of your own…</option>
        </select>
      </label>
      {labelChoice === 'own' && <OwnWords />}
    </div>
  );
}

function OwnWords() {
  const [line, setLine] = useState(settings.value.ownLabels.join(', '));
  const [problem, setProblem] = useState('');
  return (
    <form
      class="own-words"
      onSubmit={(event) => {
        event.preventDefault();
        const parsed = parseOwnLabels(line);
        setProblem('problem' in parsed ? parsed.problem : '');
        if ('labels' in parsed) chooseLabels('own', parsed.labels);
      }}
    >
      <label class="field grow">
        Your words, with commas
        <input
          value={line}
          placeholder="happy, sad, calm"
          aria-invalid={problem !== ''}
          aria-describedby="own-words-note"
          onInput={(event) => setLine(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button">
        Use
      </button>
      <p id="own-words-note" class={problem ? 'problem-text small' : 'muted small'} aria-live="polite">
        {problem || 'Probabilities of words that the model was not trained on are not calibrated.'}
      </p>
    </form>
  );
}
