import type { Words } from './index';

export const zh: Words = {};
