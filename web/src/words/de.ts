import type { Words } from './index';

export const de: Words = {};
