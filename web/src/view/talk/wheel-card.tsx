import { asked } from '../../state/settings';
import { wheelTells } from '../../state/talk';
import { Wheel } from '../plots/wheel';

/** The feeling wheel where it says more than bars, or where it was asked for. */
export function WheelCard() {
  return (asked.value.showWheel ?? wheelTells.value) ? <Wheel /> : null;
}
