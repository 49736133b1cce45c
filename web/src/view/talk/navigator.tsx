// The timeline as the way through the words: a lane for each speaker, a mark for each turn; a click goes there.

import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { initials } from '../../looks/speakers';
import { turnWords } from '../../model/describe';
import { layNavigator, marks, placeAt } from '../../model/navigator';
import { found } from '../../state/filters';
import { reads, select, selected, speakers, styleOf } from '../../state/talk';
import { t } from '../../words';
import { useNarrow } from '../parts/use-narrow';

export function Navigator() {
  const flat = useNarrow(1180);
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const all = reads.value;
  const names = speakers.value;
  const layout = useMemo(() => layNavigator(size.width, size.height, all.length, names.length, flat), [size, all.length, names.length, flat]);
  const drawn = useMemo(() => marks(all, names, layout), [all, names, layout]);
  const read = all[selected.value];
  const go = (event: PointerEvent) => {
    const area = (event.currentTarget as Element).getBoundingClientRect();
    select(placeAt(layout, event.clientX - area.left, event.clientY - area.top));
  };
  const at = layout.before + selected.value * layout.step;
  const window = flat
    ? { x: at - 1, y: 0, width: Math.max(layout.step, 2) + 2, height: layout.height }
    : { x: 0, y: at - 1, width: layout.width, height: Math.max(layout.step, 2) + 2 };
  const dim = found.value === null ? null : new Set(found.value);
  return (
    <nav class={flat ? 'navigator flat' : 'navigator'} aria-label={t('Timeline')}>
      {!flat && (
        <p class="lane-names" aria-hidden="true">
          {names.slice(0, layout.nLanes).map((name) => (
            <span key={name} title={name}>
              {initials(name)}
            </span>
          ))}
        </p>
      )}
      <div ref={box} class="navigator-box">
        {size.width > 0 && (
          <svg
            width={layout.width}
            height={layout.height}
            role="slider"
            tabindex={0}
            aria-label={t('Position in the conversation')}
            aria-orientation={flat ? 'horizontal' : 'vertical'}
            aria-valuemin={1}
            aria-valuemax={Math.max(1, all.length)}
            aria-valuenow={selected.value + 1}
            aria-valuetext={read ? turnWords(read) : ''}
            onPointerDown={(event) => {
              (event.currentTarget as Element).setPointerCapture(event.pointerId);
              go(event);
            }}
            onPointerMove={(event) => {
              if (event.buttons === 1) go(event);
            }}
            onKeyDown={(event) => {
              const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (by === undefined) return;
              event.preventDefault();
              select(selected.value + by);
            }}
          >
            <rect class="catch" width={layout.width} height={layout.height} />
            {Array.from({ length: layout.nLanes }, (_, lane) => (
              <line
                key={lane}
                class="lane-line"
                x1={flat ? 0 : layout.laneStart(lane)}
                x2={flat ? layout.width : layout.laneStart(lane)}
                y1={flat ? layout.laneStart(lane) + layout.lane : layout.before}
                y2={flat ? layout.laneStart(lane) + layout.lane : layout.before + layout.step * all.length}
              />
            ))}
            {drawn.map(({ label, path }) => (
              <path
                key={label ?? ''}
                class={kind(label)}
                d={path}
                fill={label === null ? undefined : styleOf.value.get(label)?.colour}
                opacity={dim === null ? undefined : 0.35}
              />
            ))}
            {dim !== null &&
              marks(all, names, layout, dim).map(({ label, path }) => (
                <path key={`f${label}`} class={kind(label)} d={path} fill={label === null ? undefined : styleOf.value.get(label)?.colour} />
              ))}
            <rect class="here" {...window} rx="3" />
          </svg>
        )}
      </div>
    </nav>
  );
}

/** What is neutral steps back, so that what is felt stands out. */
function kind(label: string | null): string {
  if (label === null) return 'mark none';
  return styleOf.value.get(label)?.family === 'neutral' ? 'mark calm' : 'mark';
}

function useSize(box: preact.RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const watched = box.current;
    if (!watched) return;
    const measure = () => setSize({ width: Math.floor(watched.clientWidth), height: Math.floor(watched.clientHeight) });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(watched);
    return () => observer.disconnect();
  }, []);
  return size;
}
