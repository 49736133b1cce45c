// How bright each segment of the feeling wheel is.

import type { Feelings, LabelInfo } from '../service/types';

export interface Light {
  /** Mean probability that leads to the feeling or past it, by its path joined with "/". */
  segments: Map<string, number>;
  /** Labels that the wheel has no place for, with their mean probability. */
  elsewhere: { label: string; share: number }[];
}

// As many bars as are read at a glance.
const MOST_BARS = 9;

/** Says whether the wheel shows more of these labels than bars do: where most have a place below its core, or they are many. */
export function saysMoreThanBars(infos: readonly LabelInfo[]): boolean {
  const nOuter = infos.filter(({ wheel }) => (wheel?.length ?? 0) > 1).length;
  const nOnWheel = infos.filter(({ wheel }) => wheel !== null).length;
  return nOnWheel > 0 && (nOuter * 2 >= infos.length || infos.length > MOST_BARS);
}

export function pathKey(path: readonly string[]): string {
  return path.join('/');
}

/**
 * Returns the light of the wheel: a label lights the segment where its path ends and every segment on the way there, so a
 * core feeling has the sum of all labels under it.
 */
export function lightWheel(infos: readonly LabelInfo[], shares: readonly number[], feelings: Feelings): Light {
  const segments = new Map<string, number>();
  const elsewhere: { label: string; share: number }[] = [];
  infos.forEach((info, place) => {
    const share = shares[place] ?? 0;
    const path = info.wheel;
    if (path === null || !isOnWheel(path, feelings)) {
      elsewhere.push({ label: info.label, share });
      return;
    }
    for (let depth = 1; depth <= path.length; depth += 1) {
      const key = pathKey(path.slice(0, depth));
      segments.set(key, (segments.get(key) ?? 0) + share);
    }
  });
  return { segments, elsewhere };
}

function isOnWheel(path: readonly string[], feelings: Feelings): boolean {
  const [core, middle, outer] = path;
  if (core === undefined || feelings[core] === undefined) return false;
  if (middle === undefined) return true;
  const outers = feelings[core][middle];
  return outers !== undefined && (outer === undefined || outers.includes(outer));
}
