import { asked } from '../../state/settings';
import { Wheel } from '../plots/wheel';

export function WheelCard() {
  return asked.value.showWheel ? <Wheel /> : null;
}
