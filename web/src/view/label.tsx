// A label as it looks everywhere outside the plots: its letters on its colour, and its word.

import type { LabelStyle } from '../looks/label-style';
import { styleOf, styles } from '../state/talk';
import { paint } from './patterns';

export function Badge({ style }: { style: LabelStyle }) {
  return (
    <svg class="badge" width="22" height="18" viewBox="0 0 22 18" aria-hidden="true" focusable="false">
      <rect width="22" height="18" rx="4" fill={style.colour} />
      <text x="11" y="13" text-anchor="middle" fill={style.onColour}>
        {style.code}
      </text>
    </svg>
  );
}

/** The mark of a turn that has no label. */
export function EmptyBadge({ sign }: { sign: string }) {
  return (
    <svg class="badge empty" width="22" height="18" viewBox="0 0 22 18" aria-hidden="true" focusable="false">
      <rect x="0.75" y="0.75" width="20.5" height="16.5" rx="4" fill="none" />
      <text x="11" y="13" text-anchor="middle">
        {sign}
      </text>
    </svg>
  );
}

export function LabelName({ label }: { label: string }) {
  const style = styleOf.value.get(label);
  return (
    <span class="label-name">
      {style && <Badge style={style} />}
      {label}
    </span>
  );
}

/** A bar of one label's share, in its colour and pattern. */
export function Bar({ label, share }: { label: string; share: number }) {
  const place = styles.value.findIndex((style) => style.label === label);
  return (
    <svg class="bar" aria-hidden="true" focusable="false" preserveAspectRatio="none">
      <rect class="track" width="100%" height="100%" />
      <rect width={`${Math.max(0, Math.min(1, share)) * 100}%`} height="100%" fill={paint(place)} />
    </svg>
  );
}

/** Shares of all labels in one bar. */
export function StackedBar({ shares, order }: { shares: readonly number[]; order: readonly number[] }) {
  let left = 0;
  return (
    <svg class="bar stacked" aria-hidden="true" focusable="false">
      <rect class="track" width="100%" height="100%" />
      {order.map((place) => {
        const share = shares[place] ?? 0;
        const x = left;
        left += share;
        return (
          <rect
            key={place}
            class="part"
            x={`${x * 100}%`}
            width={`${share * 100}%`}
            height="100%"
            fill={paint(place)}
          />
        );
      })}
    </svg>
  );
}
