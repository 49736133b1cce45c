// How a report looks, on screens and on paper.

export const REPORT_STYLE = `
:root{color-scheme:light;--ink:#15191e;--muted:#56606b;--line:#dde2e7}
*{box-sizing:border-box}
body{margin:0 auto;max-width:820px;padding:40px 24px;background:#fff;color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}
h1{margin:0 0 4px;font-size:30px;line-height:1.2;letter-spacing:-.02em}
h2{margin:48px 0 8px;padding-top:16px;border-top:1px solid var(--line);font-size:22px}
h2.part,h3{margin:28px 0 8px;padding:0;border:0;font-size:16px}
p{margin:0 0 8px}
.muted{color:var(--muted)}
.limits{color:var(--muted);font-size:14px}
.note{margin:16px 0;padding:12px 16px;border-left:4px solid #2a56b5;background:#f3f5f7;white-space:pre-wrap}
table{width:100%;border-collapse:collapse;font-size:15px}
th,td{padding:6px 10px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:middle}
thead th{color:var(--muted);font-size:13px}
.wide{width:45%}
.bar,.strip{display:flex;height:14px;overflow:hidden;border-radius:4px;background:#eef1f4}
.strip{height:28px;margin:16px 0}
.strip i{flex:1 1 0;border-right:1px solid #fff}
.label{white-space:nowrap}
.label b{display:inline-block;min-width:24px;margin-right:6px;padding:0 4px;border-radius:4px;font-size:12px;text-align:center}
.legend{margin-top:10px;font-size:14px}
.legend .label{margin-right:14px}
.quotes,.turns{margin:0;padding:0;list-style:none}
.quotes li{margin:0 0 10px}
.quotes q{display:block;margin-top:2px}
.turns li{margin:0 0 8px;padding:2px 0 2px 12px;border-left:4px solid var(--line);break-inside:avoid}
.turns p{margin:0}
.said{white-space:pre-wrap;overflow-wrap:anywhere}
.mood{margin-left:8px;font-size:14px}
footer{margin-top:40px;color:var(--muted);font-size:13px}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
@media print{body{max-width:none;padding:0;font-size:11pt}h2:not(.part){break-before:page}}
@media (max-width:600px){body{padding:20px 16px}.wide{width:30%}}
`;
