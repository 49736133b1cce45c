import { useEffect, useState } from 'preact/hooks';

/** Returns whether the window is at most this wide, as it changes. */
export function useNarrow(width: number): boolean {
  const [query] = useState(() => window.matchMedia(`(max-width: ${width}px)`));
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const change = () => setNarrow(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return narrow;
}
