import type { Read } from '../../model/reading';
import { correct } from '../../state/editing';
import { labels } from '../../state/talk';
import { t } from '../../words';

/** A person's label for a turn. */
export function Correction({ read, name }: { read: Read; name: string }) {
  const { turn } = read;
  if (turn.status === 'waiting' || labels.value.length === 0) return null;
  return (
    <select
      class={turn.correction === null ? 'correction' : 'correction made'}
      aria-label={name}
      value={turn.correction ?? ''}
      onChange={(event) => void correct(turn.number, event.currentTarget.value || null)}
    >
      <option value="">{t('as recognised')}</option>
      {labels.value.map((label) => (
        <option key={label} value={label}>
          {t(label)}
        </option>
      ))}
    </select>
  );
}
