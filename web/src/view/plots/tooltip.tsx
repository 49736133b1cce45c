import { useEffect } from 'preact/hooks';
import { emotionName, emotionWords } from '../../model/describe';
import { clock, percent, shorten } from '../../model/format';
import type { Read } from '../../model/reading';
import { columnMiddle, type Layout } from '../../model/timeline/layout';
import type { Range } from '../../model/zoom';
import { reads } from '../../state/talk';
import { t } from '../../words';
import { LabelName } from '../parts/label';

const WIDTH = 272;
const SHOWN_LABELS = 3;

interface TooltipProps {
  place: number | null;
  layout: Layout;
  range: Range;
  onClose: () => void;
}

/** What is under the pointer or the focus; screen readers have the same in the turn's name. */
export function Tooltip({ place, layout, range, onClose }: TooltipProps) {
  const open = place !== null;
  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [open]);
  const read = place === null ? undefined : reads.value[place];
  if (place === null || !read || place < range.first || place > range.last) return null;
  const middle = columnMiddle(layout, range, place);
  // Beside the column, so that it never covers the turn that it tells of.
  const right = middle + layout.step / 2 + 8;
  const left = right + WIDTH <= layout.width ? right : Math.max(0, middle - layout.step / 2 - 8 - WIDTH);
  return (
    <div class="tooltip" aria-hidden="true" style={{ left: `${left}px`, width: `${Math.min(WIDTH, layout.width)}px` }}>
      <p class="tooltip-head">
        <strong>{read.turn.speaker}</strong>
        <span class="muted">
          {t('Turn {n}', { n: read.turn.number })}
          {read.turn.start !== null && ` · ${clock(read.turn.start)}`}
        </span>
      </p>
      <p class="tooltip-text" dir="auto">{shorten(read.turn.text, 140) || t('(no text)')}</p>
      <State read={read} />
      <ul class="plain">
        {mostProbable(read).map(([label, value]) => (
          <li key={label} class="row between">
            <LabelName label={label} />
            <span class="number">{percent(value)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function State({ read }: { read: Read }) {
  const says = [
    read.turn.correction !== null && emotionWords(read),
    read.unsure && emotionName(read),
    read.shiftFrom !== null && t('changed from {label}', { label: t(read.shiftFrom) }),
    read.turn.gold !== null && t('Label in the file: {label}', { label: t(read.turn.gold) }),
    read.best === null && (read.turn.detail ?? t('not recognised yet')),
  ].filter((words) => words !== false);
  return says.length === 0 ? null : <p class="muted small">{says.join(' · ')}</p>;
}

function mostProbable(read: Read): [string, number][] {
  const all = Object.entries(read.turn.answer?.probabilities ?? {});
  return all.sort((a, b) => b[1] - a[1]).slice(0, SHOWN_LABELS);
}
