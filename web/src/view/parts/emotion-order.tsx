// The choice of an order: as things came, or those with the most of an emotion first.

import { labels } from '../../state/talk';
import { t } from '../../words';

interface Props {
  /** The emotion that goes first; empty as things came. */
  value: string;
  /** How things came, in the page's language. */
  plain: string;
  onOrder: (label: string) => void;
}

export function EmotionOrder({ value, plain, onOrder }: Props) {
  if (labels.value.length === 0) return null;
  return (
    <label class="field inline">
      <span class="unseen">{t('Order')}</span>
      <select value={value} onChange={(event) => onOrder(event.currentTarget.value)}>
        <option value="">{plain}</option>
        {labels.value.map((label) => (
          <option key={label} value={label}>
            {t('highest {label} first', { label: t(label) })}
          </option>
        ))}
      </select>
    </label>
  );
}
