// All turns in one strip, with the part that the timeline shows as a window that can be moved and resized.

import { useRef } from 'preact/hooks';
import { type Range, size } from '../../model/zoom';
import { labels, reads, setZoom, styleOf, turns, zoom } from '../../state/talk';
import { t } from '../../words';
import { paint } from './patterns';

const HEIGHT = 44;
const STRIP_TOP = 10;
const STRIP_HEIGHT = 24;
// The part of a handle that takes the pointer; WCAG 2.5.8 asks for 24.
const HANDLE = 24;
const INSET = 6;
// In narrower turns a pattern only greys the colour.
const LEAST_FOR_PATTERN = 4;

type Grip = 'first' | 'last' | 'window' | 'new';

export function Strip({ width, left: names }: { width: number; left: number }) {
  const svg = useRef<SVGSVGElement>(null);
  const grip = useRef<{ kind: Grip; at: number; range: Range } | null>(null);
  const n = turns.value.length;
  const range = zoom.value;
  // Room for the half of a handle that stands outside.
  const left = Math.max(names, INSET);
  const step = (width - left - INSET) / n;
  const x = (place: number) => left + place * step;
  const placeOf = (event: PointerEvent) => {
    const at = event.clientX - (svg.current?.getBoundingClientRect().left ?? 0);
    return Math.min(n - 1, Math.max(0, Math.floor((at - left) / step)));
  };

  const onPointerDown = (event: PointerEvent) => {
    const kind = ((event.target as Element).closest('[data-grip]')?.getAttribute('data-grip') ?? 'new') as Grip;
    // All turns in view leave no window to move: a drag then makes one.
    const made = kind === 'window' && size(range) === n ? 'new' : kind;
    grip.current = { kind: made, at: placeOf(event), range };
    svg.current?.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const held = grip.current;
    if (!held) return;
    const place = placeOf(event);
    const by = place - held.at;
    if (held.kind === 'new') {
      if (by !== 0) setZoom({ first: Math.min(held.at, place), last: Math.max(held.at, place) });
    } else if (held.kind === 'window') setZoom({ first: held.range.first + by, last: held.range.last + by });
    else setZoom({ ...held.range, [held.kind]: place });
  };

  return (
    <div class="overview">
      <svg
        ref={svg}
        width={width}
        height={HEIGHT}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => (grip.current = null)}
        onPointerCancel={() => (grip.current = null)}
      >
        <g aria-hidden="true">
          <rect class="catch" x="0" y="0" width={width} height={HEIGHT} />
          <Columns x={x} step={step} />
          {left > 20 && (
            <text class="overview-name" x={left - 12} y={STRIP_TOP + 16} text-anchor="end">
              {t('overview')}
            </text>
          )}
          <rect class="shade" x={left} y={STRIP_TOP} width={x(range.first) - left} height={STRIP_HEIGHT} />
          <rect
            class="shade"
            x={x(range.last + 1)}
            y={STRIP_TOP}
            width={x(n) - x(range.last + 1)}
            height={STRIP_HEIGHT}
          />
          <rect
            data-grip="window"
            class="window"
            x={x(range.first)}
            y={STRIP_TOP - 4}
            width={x(range.last + 1) - x(range.first)}
            height={STRIP_HEIGHT + 8}
            rx="3"
          />
        </g>
        <Handle edge="first" x={x(range.first)} range={range} n={n} />
        <Handle edge="last" x={x(range.last + 1)} range={range} n={n} />
      </svg>
    </div>
  );
}

/** A path for each label, so that a long conversation costs no more elements than a short one. */
function Columns({ x, step }: { x: (place: number) => number; step: number }) {
  const byLabel = new Map<string | null, string>();
  reads.value.forEach((read, place) => {
    const path = `M${x(place).toFixed(1)} ${STRIP_TOP}h${step.toFixed(2)}v${STRIP_HEIGHT}h${(-step).toFixed(2)}z`;
    byLabel.set(read.label, (byLabel.get(read.label) ?? '') + path);
  });
  return (
    <>
      {[...byLabel].map(([label, path]) =>
        label !== null && styleOf.value.has(label) ? (
          <path
            key={label}
            d={path}
            fill={step < LEAST_FOR_PATTERN ? styleOf.value.get(label)?.colour : paint(labels.value.indexOf(label))}
          />
        ) : (
          <path key="" class="strip-empty" d={path} />
        ),
      )}
    </>
  );
}

function Handle({ edge, x, range, n }: { edge: 'first' | 'last'; x: number; range: Range; n: number }) {
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageUp: 10,
      PageDown: -10,
    };
    const by = event.key === 'Home' ? -n : event.key === 'End' ? n : steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const moved = Math.min(n - 1, Math.max(0, range[edge] + by));
    if (edge === 'first' ? moved <= range.last - 2 : moved >= range.first + 2) setZoom({ ...range, [edge]: moved });
  };
  return (
    <g
      role="slider"
      tabindex={0}
      class="handle"
      data-grip={edge}
      aria-label={edge === 'first' ? t('First visible turn') : t('Last visible turn')}
      aria-orientation="horizontal"
      aria-valuemin={1}
      aria-valuemax={n}
      aria-valuenow={range[edge] + 1}
      onKeyDown={onKeyDown}
    >
      <rect class="catch" x={x - HANDLE / 2} y={(HEIGHT - HANDLE) / 2 - 6} width={HANDLE} height={HANDLE + 12} />
      <rect class="knob" x={x - 4} y={STRIP_TOP + 1} width="8" height={STRIP_HEIGHT - 2} rx="3" />
      <path class="grip-lines" d={`M${x - 1} ${STRIP_TOP + 8}v8M${x + 1} ${STRIP_TOP + 8}v8`} />
    </g>
  );
}
