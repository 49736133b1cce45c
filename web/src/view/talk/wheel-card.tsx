import { wheelShown } from '../../state/talk';
import { Wheel } from '../plots/wheel';

export function WheelCard() {
  return wheelShown.value ? <Wheel /> : null;
}
