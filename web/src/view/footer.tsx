import { infos, labelList, models, talk, wheel } from '../state/talk';
import { hasAffect } from '../model/affect';

export function Footer() {
  const model = models.value.find((other) => other.id === talk.value?.model) ?? models.value[0];
  const figures = Object.entries(model?.figures ?? {}).filter(([, value]) => value !== null);
  const shownFigure = (value: number | string | null) =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value;
  return (
    <footer class="bottom">
      <p>
        Text goes to the service at <code>{location.host}</code> and to nobody else; nothing of it is kept in the
        browser.
      </p>
      {model && (
        <details>
          <summary>About the model and the plots</summary>
          <dl>
            <dt>Model</dt>
            <dd>
              {model.id} ({model.kind}), label set {model.label_set}, calibration: {model.calibration}
            </dd>
            {figures.map(([name, value]) => (
              <>
                <dt>{name.replaceAll('_', ' ')}</dt>
                <dd>{shownFigure(value)}</dd>
              </>
            ))}
            {wheel.value && (
              <>
                <dt>Feeling wheel</dt>
                <dd>{wheel.value.source}</dd>
              </>
            )}
            {hasAffect(infos.value) && (
              <>
                <dt>Valence and arousal</dt>
                <dd>{labelList.value?.affect_source}</dd>
              </>
            )}
          </dl>
        </details>
      )}
    </footer>
  );
}
