// The turns of the timeline as something to point at, to select and to walk through by keyboard.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { turnWords } from '../../model/describe';
import { type Layout, placeAt } from '../../model/timeline/layout';
import { actOf } from '../../model/timeline/keys';
import { type Range, zoomAround } from '../../model/zoom';
import { reads, select, selected, setZoom, showAll, speakers, turns, zoom } from '../../state/talk';
import { t } from '../../words';

interface TurnsProps {
  layout: Layout;
  range: Range;
  hovered: number | null;
  onHover: (place: number | null) => void;
}

// Turns around the selected one that are in the page for screen readers; all in view where there are no more.
const MOST_OPTIONS = 200;
// A shorter movement of the pointer is a click.
const LEAST_DRAG = 6;

export function TimelineTurns({ layout, range, hovered, onHover }: TurnsProps) {
  const list = useRef<SVGGElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const current = Math.min(Math.max(selected.value, range.first), range.last);
  const moved = useRef(false);

  // Focus goes with the selection while it is in the timeline.
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    list.current?.querySelector<SVGElement>('[tabindex="0"]')?.focus();
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') onHover(null);
    const act = actOf(event.key, current, reads.value, speakers.value);
    if (!act) return;
    event.preventDefault();
    moved.current = true;
    if (act.kind === 'zoom') setZoom(zoomAround(zoom.value, act.factor, current, turns.value.length));
    else if (act.kind === 'all') showAll();
    else {
      select(act.place);
      onHover(act.place);
    }
  };

  const x = (event: PointerEvent) => event.clientX - (list.current?.ownerSVGElement?.getBoundingClientRect().left ?? 0);
  const onPointerDown = (event: PointerEvent) => {
    // A finger scrolls the page; it zooms in the overview.
    onHover(null);
    if (event.button === 0 && event.pointerType !== 'touch') setDrag({ from: x(event), to: x(event) });
  };
  const onPointerMove = (event: PointerEvent) => {
    if (drag) setDrag({ ...drag, to: x(event) });
    else onHover(placeAt(layout, range, x(event)));
  };
  const onPointerUp = (event: PointerEvent) => {
    const done = drag;
    setDrag(null);
    if (done && Math.abs(done.to - done.from) >= LEAST_DRAG) {
      const edge = (at: number) =>
        placeAt(layout, range, Math.min(Math.max(at, layout.left), layout.right)) ?? range.last;
      // What was dragged over is looked at now: nothing may cover it.
      onHover(null);
      setZoom({ first: edge(Math.min(done.from, done.to)), last: edge(Math.max(done.from, done.to)) });
      return;
    }
    const place = placeAt(layout, range, x(event));
    if (place === null) return;
    moved.current = true;
    select(place);
  };

  const from = Math.max(range.first, Math.min(current - MOST_OPTIONS / 2, range.last - MOST_OPTIONS));
  const options = reads.value.slice(from, Math.min(range.last, from + MOST_OPTIONS) + 1);
  const left = (place: number) => layout.left + (place - range.first) * layout.step;
  return (
    <g
      ref={list}
      role="listbox"
      aria-label={t('Turns')}
      aria-describedby="timeline-keys"
      aria-orientation="horizontal"
      data-export="no"
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={() => {
        setDrag(null);
        onHover(null);
      }}
    >
      <rect role="presentation" class="catch" x="0" y="0" width={layout.width} height={layout.height} />
      {hovered !== null && hovered !== current && (
        <rect
          role="presentation"
          class="hover-column"
          x={left(hovered)}
          y="0"
          width={layout.step}
          height={layout.axis}
        />
      )}
      {options.map((read, index) => {
        const place = from + index;
        return (
          <rect
            key={place}
            role="option"
            class={place === selected.value ? 'turn-option selected' : 'turn-option'}
            tabindex={place === current ? 0 : -1}
            aria-selected={place === selected.value}
            aria-posinset={place + 1}
            aria-setsize={reads.value.length}
            aria-label={turnWords(read)}
            x={left(place)}
            y="1"
            width={layout.step}
            height={layout.axis + 18}
            rx="4"
            onFocus={(event) => {
              if (event.currentTarget.matches(':focus-visible')) onHover(place);
            }}
            onBlur={() => onHover(null)}
          />
        );
      })}
      {drag && Math.abs(drag.to - drag.from) >= LEAST_DRAG && (
        <rect
          role="presentation"
          class="drag"
          x={Math.min(drag.from, drag.to)}
          y="0"
          width={Math.abs(drag.to - drag.from)}
          height={layout.axis}
        />
      )}
    </g>
  );
}
