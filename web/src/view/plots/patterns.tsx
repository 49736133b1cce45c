// The patterns of labels, drawn once for all plots of the page: `url(#label-0)` and so on.

import type { Pattern } from '../../looks/marks';
import { PANEL } from '../../looks/palette';
import { theme } from '../../state/settings';
import { styles } from '../../state/talk';

export const DEFINITIONS_ID = 'label-patterns';

export function patternId(place: number): string {
  return `label-${place}`;
}

export function paint(place: number): string {
  return `url(#${patternId(place)})`;
}

/** Letters on a pattern: a rim of the label's own colour, below them, covers its lines. */
export const ON_PATTERN = {
  'text-anchor': 'middle',
  'stroke-width': 4,
  'stroke-linejoin': 'round',
  'paint-order': 'stroke',
} as const;

const TILE = 8;

// Lines that are cut out of the colour, in a tile of 8 by 8.
const LINES: Record<Pattern, string> = {
  solid: '',
  rising: 'M-2 2 2-2M0 8 8 0M6 10l4-4',
  falling: 'M-2 6l4 4M0 0l8 8M6-2l4 4',
  horizontal: 'M0 2h8M0 6h8',
  vertical: 'M2 0v8M6 0v8',
  crossed: 'M0 0l8 8M8 0 0 8',
  grid: 'M0 4h8M4 0v8',
  waves: 'M0 4q2-4 4 0t4 0',
  dashes: 'M0 2h4M4 6h4',
  dots: '',
  rings: '',
  checks: '',
};

function Marks({ pattern, colour }: { pattern: Pattern; colour: string }) {
  if (pattern === 'dots') {
    return (
      <g fill={colour} fill-opacity="0.7">
        <circle cx="2" cy="2" r="1.3" />
        <circle cx="6" cy="6" r="1.3" />
      </g>
    );
  }
  if (pattern === 'rings') return <circle cx="4" cy="4" r="2.2" fill="none" stroke={colour} stroke-opacity="0.7" />;
  if (pattern === 'checks') return <path d="M0 0h4v4H0zM4 4h4v4H4z" fill={colour} fill-opacity="0.35" />;
  return <path d={LINES[pattern]} fill="none" stroke={colour} stroke-opacity="0.6" stroke-width="1.2" />;
}

export function Patterns() {
  const panel = PANEL[theme.value];
  return (
    <svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false">
      <defs id={DEFINITIONS_ID}>
        {styles.value.map((style, place) => (
          <pattern key={place} id={patternId(place)} width={TILE} height={TILE} patternUnits="userSpaceOnUse">
            <rect width={TILE} height={TILE} fill={style.colour} />
            <Marks pattern={style.pattern} colour={panel} />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}
