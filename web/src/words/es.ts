import type { Words } from './index';

export const es: Words = {};
