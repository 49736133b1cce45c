// A label as it looks everywhere outside the plots: its letters on its colour, and its word.

import type { LabelStyle } from '../../looks/label-style';
import { emotionName, emotionWords } from '../../model/describe';
import { percent } from '../../model/format';
import type { Read } from '../../model/reading';
import { styleOf, styles } from '../../state/talk';
import { t } from '../../words';
import { paint } from '../plots/patterns';

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
      {t(label)}
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

/** A thin line of how probable the shown label is; of an unsure turn the first two. */
export function ConfidenceLine({ read }: { read: Read }) {
  const parts = read.unsure ? [read.best, read.second] : [read.best];
  let left = 0;
  return (
    <svg class="line" aria-hidden="true" focusable="false">
      <rect class="track" width="100%" height="100%" />
      {parts.map((label) => {
        const share = label === null ? 0 : (read.turn.answer?.probabilities[label] ?? 0);
        const x = left;
        left += share;
        const fill = label === null ? undefined : styleOf.value.get(label)?.colour;
        return <rect key={label} x={`${x * 100}%`} width={`${share * 100}%`} height="100%" fill={fill} />;
      })}
    </svg>
  );
}

/** What is shown of a turn's emotion in one line: label and, where it stands nowhere else, confidence, or that it was put right, or that it is not sure. */
export function Emotion({ read, confident = true }: { read: Read; confident?: boolean }) {
  const { turn } = read;
  if (turn.status === 'failed') return <span class="problem-text">{emotionWords(read)}</span>;
  if (turn.correction !== null) {
    return (
      <>
        <LabelName label={turn.correction} /> <span class="by-hand">{t('by hand')}</span>
      </>
    );
  }
  if (read.best === null)
    return <span class="muted">{turn.status === 'waiting' ? t('waiting') : t('being recognised')}</span>;
  if (read.label !== null) {
    return (
      <>
        <LabelName label={read.label} />
        {confident && <span class="muted number"> {percent(read.confidence)}</span>}
      </>
    );
  }
  return (
    <span class="label-name unsure-name">
      <EmptyBadge sign="?" />
      {emotionName(read)}
    </span>
  );
}
