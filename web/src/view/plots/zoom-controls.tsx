import { pan, size, zoomAround } from '../../model/zoom';
import { selected, setZoom, showAll, turns, zoom } from '../../state/talk';
import { count, t } from '../../words';
import { Icon } from '../parts/icons';

/** Zoom without a pointer, and what is in view in words. */
export function ZoomControls() {
  const range = zoom.value;
  const n = turns.value.length;
  const all = size(range) >= n;
  const middle = Math.min(Math.max(selected.value, range.first), range.last);
  const third = Math.max(1, Math.round(size(range) / 3));
  const buttons = [
    { icon: 'left', word: t('Earlier turns'), off: range.first === 0, act: () => setZoom(pan(range, -third, n)) },
    { icon: 'minus', word: t('Zoom out'), off: all, act: () => setZoom(zoomAround(range, 1 / 0.6, middle, n)) },
    { icon: 'plus', word: t('Zoom in'), off: size(range) <= 3, act: () => setZoom(zoomAround(range, 0.6, middle, n)) },
    { icon: 'right', word: t('Later turns'), off: range.last >= n - 1, act: () => setZoom(pan(range, third, n)) },
  ] as const;
  return (
    <div class="zoom" role="group" aria-label={t('Zoom')}>
      <span class="muted small number">
        {all ? count(n, 'turn') : t('turns {first}–{last} of {n}', { first: range.first + 1, last: range.last + 1, n })}
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
        {t('All')}
      </button>
    </div>
  );
}
