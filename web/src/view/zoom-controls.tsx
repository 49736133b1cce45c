import { pan, size, zoomAround } from '../model/zoom';
import { selected, setZoom, showAll, turns, zoom } from '../state/talk';
import { Icon } from './icons';

/** Zoom without a pointer, and what is in view in words. */
export function ZoomControls() {
  const range = zoom.value;
  const n = turns.value.length;
  const all = size(range) >= n;
  const middle = Math.min(Math.max(selected.value, range.first), range.last);
  const third = Math.max(1, Math.round(size(range) / 3));
  const buttons = [
    { icon: 'left', word: 'Earlier turns', off: range.first === 0, act: () => setZoom(pan(range, -third, n)) },
    { icon: 'minus', word: 'Zoom out', off: all, act: () => setZoom(zoomAround(range, 1 / 0.6, middle, n)) },
    { icon: 'plus', word: 'Zoom in', off: size(range) <= 3, act: () => setZoom(zoomAround(range, 0.6, middle, n)) },
    { icon: 'right', word: 'Later turns', off: range.last >= n - 1, act: () => setZoom(pan(range, third, n)) },
  ] as const;
  return (
    <div class="zoom" role="group" aria-label="Zoom">
      <span class="muted small number">
        {all ? `all ${n} turns` : `turns ${range.first + 1}–${range.last + 1} of ${n}`}
      </span>
      {buttons.map(({ icon, word, off, act }) => (
        <button
          key={word}
          type="button"
          class="button icon-only"
          aria-label={word}
          title={word}
          disabled={off}
          onClick={act}
        >
          <Icon name={icon} />
        </button>
      ))}
      <button type="button" class="button" disabled={all} onClick={showAll}>
        All
      </button>
    </div>
  );
}
