import {describe, expect, it} from 'vitest';
import {textWidth, wrap} from '../../../src/stages/plot/font.js';

describe('textWidth', () => {
  // Sums of advance widths as FreeType gives them, at 2048 units to the em.
  it.each([
    ['iiii', false, 2276],
    ['WWWW', false, 8100],
    ['blocks.11', false, 9758],
    ['± 0.5', false, 5624],
    ['Intrinsic dimension', false, 19436],
    ['Intrinsic dimension', true, 22152],
  ])('of %j (bold: %s) is %i units', (text, bold, units) => {
    expect(textWidth(text, 2048, bold)).toBe(units);
  });

  it('counts a character that the font lacks as its missing glyph', () => {
    expect(textWidth('深', 2048)).toBe(1229);
  });
});

describe('wrap', () => {
  it('breaks between words, and never within one', () => {
    const text = 'top-1 accuracy of the model';
    expect(wrap(text, 100, 12)).toEqual(['top-1 accuracy', 'of the model']);
    expect(wrap(text, 90, 12)).toEqual(['top-1', 'accuracy of', 'the model']);
    expect(wrap(text, 1, 12)).toEqual(['top-1', 'accuracy', 'of', 'the', 'model']);
    expect(wrap(text, 1000, 12)).toEqual([text]);
  });
});
