import { useEffect, useState } from 'preact/hooks';
import { t } from '../../words';
import { openFiles } from '../../state/opening';

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** The whole window takes files; says so while one is dragged over it. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])].map((file) => ({ name: file.name, data: file }));
      if (files.length > 0) void openFiles(files);
    };
    const steps = [
      ['dragenter', enter],
      ['dragover', enter],
      ['dragleave', leave],
      ['drop', drop],
    ] as const;
    for (const [name, listener] of steps) window.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of steps) window.removeEventListener(name, listener);
    };
  }, []);
  if (!over) return null;
  return (
    <div class="drop-sign" aria-hidden="true">
      <p>{t('Drop files to recognise emotions')}</p>
    </div>
  );
}
