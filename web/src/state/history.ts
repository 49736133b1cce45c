// What a person changed, so that it can be taken back and made again.

import { computed, signal } from '@preact/signals';
import { t } from '../words';
import { announce, tellError } from './notices';
import { edited } from './talk';

export interface Edit {
  /** What was done, in words. */
  words: string;
  undo: () => void | Promise<void>;
  redo: () => void | Promise<void>;
}

const done = signal<Edit[]>([]);
const undone = signal<Edit[]>([]);
export const nextUndo = computed(() => done.value.at(-1)?.words ?? null);
export const nextRedo = computed(() => undone.value.at(-1)?.words ?? null);

let acting: Promise<void> = Promise.resolve();

/** Acts after what was begun before, so that two quick changes keep their order. */
function inOrder(act: () => Promise<void>): Promise<void> {
  acting = acting.then(act, act);
  return acting;
}

/** Makes a change that can be taken back. */
export function perform(edit: Edit): Promise<void> {
  return inOrder(async () => {
    try {
      await edit.redo();
    } catch (error) {
      tellError(edit.words, error);
      return;
    }
    done.value = [...done.value, edit];
    undone.value = [];
    edited.value = true;
  });
}

export function undo(): Promise<void> {
  return inOrder(async () => {
    const edit = done.value.at(-1);
    if (!edit) return;
    try {
      await edit.undo();
    } catch (error) {
      tellError(t('Undo'), error);
      return;
    }
    done.value = done.value.slice(0, -1);
    undone.value = [...undone.value, edit];
    edited.value = done.value.length > 0;
    announce(t('Undone: {what}', { what: edit.words }));
  });
}

export function redo(): Promise<void> {
  return inOrder(async () => {
    const edit = undone.value.at(-1);
    if (!edit) return;
    try {
      await edit.redo();
    } catch (error) {
      tellError(t('Redo'), error);
      return;
    }
    undone.value = undone.value.slice(0, -1);
    done.value = [...done.value, edit];
    edited.value = true;
    announce(t('Done again: {what}', { what: edit.words }));
  });
}

/** Forgets what was done: another conversation is open. */
export function forgetEdits(): void {
  done.value = [];
  undone.value = [];
}
