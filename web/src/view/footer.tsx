import { hasAffect } from '../model/affect';
import { infos, labelList, models, talk, wheel } from '../state/talk';
import { t } from '../words';

export function Footer() {
  const model = models.value.find((other) => other.id === talk.value?.model) ?? models.value[0];
  const figures = Object.entries(model?.figures ?? {}).filter(([, value]) => value !== null);
  const shownFigure = (value: number | string | null) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value;
  return (
    <footer class="bottom">
      <p>
        {t('Text goes to the service at {host} and to nobody else; the browser keeps only what you tell it to.', {
          host: location.host,
        })}
      </p>
      {model && (
        <details>
          <summary>{t('About the model and the plots')}</summary>
          <dl>
            <dt>{t('Model')}</dt>
            <dd>
              {`${model.id} (${model.kind}), ${t('label set {name}, calibration: {method}', { name: model.label_set, method: model.calibration })}`}
            </dd>
            {figures.map(([name, value]) => (
              <>
                <dt>{name.replaceAll('_', ' ')}</dt>
                <dd>{shownFigure(value)}</dd>
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
