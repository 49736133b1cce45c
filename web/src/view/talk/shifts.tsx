import { useState } from 'preact/hooks';
import { reads, select } from '../../state/talk';
import { t } from '../../words';
import { LabelName } from '../parts/label';

const FIRST_SHOWN = 8;

/** Where a speaker's emotion turned; a click goes there. */
export function Shifts() {
  const [all, setAll] = useState(false);
  const shifts = reads.value.map((read, place) => ({ read, place })).filter(({ read }) => read.shiftFrom !== null);
  const listed = all ? shifts : shifts.slice(0, FIRST_SHOWN);
  return (
    <section class="card" aria-labelledby="shifts-title">
      <div class="card-head">
        <h2 id="shifts-title">{t('Shifts')}</h2>
        <span class="muted small number">{shifts.length}</span>
      </div>
      {shifts.length === 0 ? (
        <p class="muted small">{t('No speaker’s emotion changes.')}</p>
      ) : (
        <ol class="plain shifts">
          {listed.map(({ read, place }) => (
            <li key={place}>
              <button type="button" class="shift-button" onClick={() => select(place)}>
                <span class="muted number">{read.turn.number}</span>
                <span class="speaker-name" dir="auto">{read.turn.speaker}</span>
                <span class="shift-labels">
                  <LabelName label={read.shiftFrom ?? ''} />
                  <span aria-hidden="true">→</span>
                  <span class="unseen">{t('to')}</span>
                  <LabelName label={read.label ?? ''} />
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
      {shifts.length > FIRST_SHOWN && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('Show fewer') : t('Show all {n}', { n: shifts.length })}
        </button>
      )}
    </section>
  );
}
