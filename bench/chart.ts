/** A bar chart of wall times as SVG, without dependencies: a group of bars for each table. */
import { medians, type Results } from './results.ts';

const BAR = 14;
const GAP = 22;
const LEFT = 130;
const WIDTH = 760;
const COLORS = ['#0b6e4f', '#6bbf59', '#9e9e9e', '#f2a541', '#5b8def', '#8e6bbf', '#c8553d'];

export function chart(results: Results): string {
  const programs = [...new Set([...results.values()].flatMap((byProgram) => [...byProgram.keys()]))];
  const longest = Math.max(
    ...[...results.values()].flatMap((byProgram) =>
      [...byProgram.values()].map((runs) => medians(runs).wall),
    ),
  );
  const scale = (WIDTH - LEFT - 60) / longest;
  const parts: string[] = [];
  let y = 34 + 18 * Math.ceil(programs.length / 4);
  programs.forEach((program, i) => {
    const [x, row] = [LEFT + (i % 4) * 150, 30 + 18 * Math.floor(i / 4)];
    parts.push(
      `<rect x="${x}" y="${row}" width="10" height="10" fill="${COLORS[i % COLORS.length]}"/>`,
      text(x + 14, row + 9, program),
    );
  });
  for (const [table, byProgram] of results) {
    parts.push(text(LEFT - 8, y + 12, table, 'end'));
    for (const [program, runs] of byProgram) {
      const seconds = medians(runs).wall;
      const width = Math.max(1, seconds * scale);
      const color = COLORS[programs.indexOf(program) % COLORS.length];
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 2}" fill="${color}"/>`,
        text(LEFT + width + 5, y + 10, seconds.toFixed(2)),
      );
      y += BAR;
    }
    y += GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="11">
<title>How long each program takes to export each table</title>
<rect width="${WIDTH}" height="${y}" fill="#fff"/>
${text(LEFT, 18, 'Seconds from start to end, medians; shorter is better')}
${parts.join('\n')}
</svg>
`;
}

function text(x: number, y: number, content: string, anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}
