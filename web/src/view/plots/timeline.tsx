// The emotional timeline: a lane for each speaker, a column of probability bands for each turn.

import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { expectedAffect, hasAffect } from '../../model/affect';
import { stackOrder } from '../../looks/label-style';
import { layOut } from '../../model/timeline/layout';
import { size } from '../../model/zoom';
import { asked } from '../../state/settings';
import { conversation, hasGold, infos, reads, speakers, zoom } from '../../state/talk';
import { t } from '../../words';
import { AffectLane } from './affect-lane';
import { Strip } from './strip';
import { TimelineAxis } from './timeline-axis';
import { NamesInside, TimelineLane } from './timeline-lane';
import { TimelineTurns } from './timeline-turns';
import { Tooltip } from './tooltip';
import { useWidth } from './use-width';
import { ZoomControls } from './zoom-controls';

export const TIMELINE_ID = 'timeline-plot';
// With fewer turns everything is in view.
const LEAST_FOR_OVERVIEW = 10;

export function Timeline({ legend }: { legend: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [hovered, setHovered] = useState<number | null>(null);
  const range = zoom.value;
  const withAffect = asked.value.showAffect && hasAffect(infos.value);
  const withGold = asked.value.showGold && hasGold.value;
  const nSpeakers = speakers.value.length;
  const layout = useMemo(
    () => layOut({ width, range, nSpeakers, withGold, withAffect }),
    [width, range, nSpeakers, withGold, withAffect],
  );
  const order = useMemo(() => stackOrder(infos.value), [infos.value]);
  const affects = useMemo(
    () => (withAffect ? reads.value.map((read) => expectedAffect(read, infos.value)) : []),
    [withAffect, reads.value, infos.value],
  );
  // Pointing and selecting change nothing of this, so it is not drawn again.
  const drawn = useMemo(
    () => (
      <g aria-hidden="true">
        <clipPath id="plot-area">
          <rect x={layout.left} y="0" width={layout.step * size(range)} height={layout.height} />
        </clipPath>
        <TimelineAxis layout={layout} range={range} />
        {layout.lanes.map((lane, place) => {
          const speaker = speakers.value[place] ?? '';
          return (
            <TimelineLane key={speaker} speaker={speaker} lane={lane} layout={layout} range={range} order={order} />
          );
        })}
        {layout.affect && <AffectLane affects={affects} layout={layout} range={range} />}
      </g>
    ),
    [layout, range, order, affects, speakers.value],
  );
  return (
    <section class="card timeline" aria-labelledby="timeline-title">
      <div class="card-head">
        <h2 id="timeline-title">{t('Emotional timeline')}</h2>
        <ZoomControls />
      </div>
      {legend}
      <div ref={box} class="plot-box">
        {width > 0 && (
          <svg
            id={TIMELINE_ID}
            class="plot"
            width={layout.width}
            height={layout.height}
            data-name={conversation.value?.id}
          >
            {drawn}
            <TimelineTurns layout={layout} range={range} hovered={hovered} onHover={setHovered} />
            <NamesInside layout={layout} names={speakers.value} affect={t('Valence and arousal')} />
          </svg>
        )}
        <Tooltip place={hovered} layout={layout} range={range} onClose={() => setHovered(null)} />
      </div>
      {layout.turnsInColumn > 1 && (
        <p class="muted small">
          {t('Each column averages up to {n} turns; zoom in to see single turns and shifts.', { n: layout.turnsInColumn })}
        </p>
      )}
      {reads.value.length >= LEAST_FOR_OVERVIEW && width > 0 && <Strip width={width} left={layout.left} />}
      <p id="timeline-keys" class="muted small keys">
        {t('Drag to zoom. Keys:')} <kbd>←</kbd> <kbd>→</kbd> {t('turns')}, <kbd>↑</kbd> <kbd>↓</kbd> {t('speakers')},{' '}
        <kbd>s</kbd> {t('next shift')}, <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> {t('zoom')}.
      </p>
    </section>
  );
}
