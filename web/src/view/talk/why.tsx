import type { Read } from '../../model/reading';

export function Why({ read: _ }: { read: Read }) {
  return null;
}
