import { hasAffect } from '../model/affect';
import { figureWords } from '../model/figures';
import { labelSetWords } from '../model/label-sets';
import { infos, labelList, model, wheel } from '../state/talk';
import { t } from '../words';

export function Footer() {
  const one = model.value;
  const figures = Object.entries(one?.figures ?? {}).flatMap(([name, value]) => figureWords(name, value) ?? []);
  return (
    <footer class="bottom">
      <p>
        {t('Your text is sent only to the service at {host}; the browser saves only what you tell it to.', {
          host: location.host,
        })}
      </p>
      {one && (
        <details>
          <summary>{t('About the model and the charts')}</summary>
          <dl>
            <dt>{t('Model')}</dt>
            <dd>
              {[one.id, t('labels: {which}', { which: labelSetWords(one.label_set, one.labels) })].join(', ')}
            </dd>
            {figures.map(({ words, value }) => (
              <>
                <dt>{words}</dt>
                <dd>{value}</dd>
              </>
            ))}
            {wheel.value && (
              <>
                <dt>{t('Feeling wheel')}</dt>
                <dd>{wheel.value.source}</dd>
              </>
            )}
            {hasAffect(infos.value) && (
              <>
                <dt>{t('Valence and arousal')}</dt>
                <dd>{labelList.value?.affect_source}</dd>
              </>
            )}
          </dl>
        </details>
      )}
    </footer>
  );
}
