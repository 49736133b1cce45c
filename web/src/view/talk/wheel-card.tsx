import { showsWheel } from '../../state/talk';
import { Wheel } from '../plots/wheel';

export function WheelCard() {
  return showsWheel.value ? <Wheel /> : null;
}
