// The wheel itself: segments as bright as what was said, with their words.

import { mix } from '../../looks/colour';
import { hash } from '../../looks/families';
import { readableOn } from '../../looks/label-style';
import { FAMILIES, type Family, PALETTE, PANEL, type Theme } from '../../looks/palette';
import { percent } from '../../model/format';
import type { Light } from '../../model/wheel-light';
import { HUB, outline, RADIUS, type Segment, segments, wordPlace } from '../../model/wheel-shape';
import type { WheelInfo } from '../../service/types';
import { theme } from '../../state/settings';
import { t } from '../../words';

export const WHEEL_ID = 'wheel-plot';
// Less than this is the floor that a model gives every label.
export const LEAST_LIT = 0.02;

export function WheelPlot({ drawn, light }: { drawn: WheelInfo; light: Light }) {
  const elsewhere = light.elsewhere.reduce((sum, { share }) => sum + share, 0);
  const edge = RADIUS + 4;
  return (
    <svg
      id={WHEEL_ID}
      class="wheel-plot"
      viewBox={`${-edge} ${-edge} ${2 * edge} ${2 * edge}`}
      role="img"
      aria-label={`${drawn.about}. ${spoken(light)}`}
    >
      {/* Lit ones last, so that no neighbour covers their outline. */}
      {segments(drawn.feelings)
        .map((segment) => ({ segment, share: light.segments.get(segment.key) ?? 0 }))
        .sort((a, b) => Number(a.share >= LEAST_LIT) - Number(b.share >= LEAST_LIT))
        .map(({ segment, share }) => (
          <WheelSegment key={segment.key} segment={segment} share={share} />
        ))}
      <circle class="hub" r={HUB} />
      <text class="hub-word" y="-6" text-anchor="middle">
        {t('off the wheel')}
      </text>
      <text class="hub-number" y="13" text-anchor="middle">
        {percent(elsewhere)}
      </text>
    </svg>
  );
}

function WheelSegment({ segment, share }: { segment: Segment; share: number }) {
  const lit = share >= LEAST_LIT;
  const { fill, ink } = shade(segment.core, share, theme.value);
  const { x, y, turn } = wordPlace(segment);
  return (
    <g class={`segment ring-${segment.ring}${lit ? ' lit' : ''}`}>
      <path d={outline(segment)} fill={fill}>
        <title>{`${segment.key.replaceAll('/', ' › ')}: ${percent(share)}`}</title>
      </path>
      <text
        x={x.toFixed(1)}
        y={y.toFixed(1)}
        transform={turn === 0 ? undefined : `rotate(${turn.toFixed(1)} ${x.toFixed(1)} ${y.toFixed(1)})`}
        dy={segment.ring === 1 ? '0' : '0.35em'}
        text-anchor="middle"
        fill={ink}
      >
        {segment.feeling}
      </text>
      {segment.ring === 1 && (
        <text class="core-number" x={x.toFixed(1)} y={(y + 16).toFixed(1)} text-anchor="middle" fill={ink}>
          {percent(share)}
        </text>
      )}
    </g>
  );
}

function coreColour(core: string, shade: Theme): string {
  const hues = FAMILIES.filter((family) => family !== 'neutral');
  const family = (FAMILIES as readonly string[]).includes(core) ? (core as Family) : hues[hash(core) % hues.length];
  return PALETTE[shade][family ?? 'neutral'];
}

/** Returns the colour of a segment and one for its word: brightness goes with the root, so that small shares can be seen. */
function shade(core: string, share: number, shown: Theme): { fill: string; ink: string } {
  const strength = share < LEAST_LIT ? 0.05 : 0.14 + 0.86 * Math.sqrt(Math.min(1, share));
  const fill = mix(coreColour(core, shown), PANEL[shown], strength);
  return { fill, ink: readableOn(fill) };
}

/** Returns what can be seen, the brightest first. */
export function litOf(light: Light): [string, number][] {
  return [...light.segments].filter(([, share]) => share >= LEAST_LIT).sort((a, b) => b[1] - a[1]);
}

function spoken(light: Light): string {
  const lit = litOf(light).map(([key, share]) => `${key.split('/').at(-1)} ${percent(share)}`);
  const elsewhere = light.elsewhere.map(({ label, share }) => `${t(label)} ${percent(share)}`);
  return [
    `${t('On the wheel')}: ${lit.join(', ') || t('nothing yet')}.`,
    elsewhere.length > 0 ? `${t('Not on the wheel')}: ${elsewhere.join(', ')}.` : '',
  ].join(' ');
}
