import { useState } from 'preact/hooks';
import { labelSetWords } from '../../model/label-sets';
import { parseOwnLabels } from '../../model/labels';
import { chooseLabels } from '../../state/labels';
import { asked } from '../../state/settings';
import { labelList, models } from '../../state/talk';
import { t } from '../../words';

/** The label set: the model's, a shipped one, or words of one's own. */
export function LabelControls() {
  const { labelChoice } = asked.value;
  const own = models.value[0];
  return (
    <div class="label-controls">
      <label class="field">
        {t('Emotions')}
        <select value={labelChoice} onChange={(event) => chooseLabels(event.currentTarget.value)}>
          <option value="">{own ? labelSetWords(own.label_set, own.labels) : t('Model default')}</option>
          {labelList.value?.label_sets
            .filter((set) => set.name !== own?.label_set)
            .map((set) => (
              <option key={set.name} value={set.name}>
                {`${labelSetWords(
                  set.name,
                  set.labels.map((info) => info.label),
                )} (${set.name})`}
              </option>
            ))}
          <option value="own">{t('Your own words…')}</option>
        </select>
        {labelChoice !== '' && labelChoice !== 'own' && (
          <span class="muted small">{t('Probabilities for these labels are less well calibrated.')}</span>
        )}
      </label>
      {labelChoice === 'own' && <OwnWords />}
    </div>
  );
}

function OwnWords() {
  const [line, setLine] = useState(asked.value.ownLabels.join(', '));
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
        {t('Your words, separated by commas')}
        <input
          value={line}
          placeholder={t('happy, sad, calm')}
          aria-invalid={problem !== ''}
          aria-describedby="own-words-note"
          onInput={(event) => setLine(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button">
        {t('Use')}
      </button>
      <p id="own-words-note" class={problem ? 'problem-text small' : 'muted small'} aria-live="polite">
        {problem || t('Probabilities for these labels are less well calibrated.')}
      </p>
    </form>
  );
}
