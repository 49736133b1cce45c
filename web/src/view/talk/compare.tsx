import { useMemo } from 'preact/hooks';
import { percent } from '../../model/format';
import { summarise } from '../../model/summary';
import { labels, reads } from '../../state/talk';
import { t } from '../../words';
import { Bar, LabelName } from '../parts/label';

const MOST_SPEAKERS = 6;

/** Speakers beside each other: the share of each emotion. */
export function Compare() {
  const all = useMemo(() => summarise(reads.value, labels.value), [reads.value, labels.value]);
  const shown = all.slice(0, MOST_SPEAKERS);
  if (shown.length < 2) return null;
  const most = Math.max(...shown.flatMap((one) => one.shares), 0.01);
  const rows = labels.value
    .map((label, place) => ({ label, place }))
    .filter(({ place }) => shown.some((one) => (one.shares[place] ?? 0) >= 0.01));
  return (
    <section class="card compare" aria-labelledby="compare-title">
      <h2 id="compare-title">{t('Speaker comparison')}</h2>
      <div class="scroll-x" tabIndex={0} role="group" aria-labelledby="compare-title">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('Emotion')}</th>
              {shown.map((one) => (
                <th key={one.speaker} scope="col" dir="auto">
                  {one.speaker}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ label, place }) => (
              <tr key={label}>
                <th scope="row">
                  <LabelName label={label} />
                </th>
                {shown.map((one) => (
                  <td key={one.speaker}>
                    <span class="number">{percent(one.shares[place] ?? 0)}</span>
                    <Bar label={label} share={(one.shares[place] ?? 0) / most} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {all.length > MOST_SPEAKERS && <p class="muted small">{t('Only the first {n} speakers are shown.', { n: MOST_SPEAKERS })}</p>}
    </section>
  );
}
