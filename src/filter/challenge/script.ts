// The script of the challenge's page: looks for a number by which a SHA-256 begins with zeros, and sends it in.

/**
 * Its own SHA-256 in place of WebCrypto, which browsers have over HTTPS only and which takes a promise for each hash: of texts
 * below 56 bytes, and no more of it than its first word. Works in slices, so that the page stays alive, and yields by messages, which tabs
 * in the background get without delay.
 */
export const SCRIPT = `(async()=>{
const main=document.querySelector('main'),status=document.querySelector('[role=status]'),progress=document.querySelector('progress'),again=document.querySelector('button')
const{challenge,bits}=main.dataset,wanted=2**bits
const fail=text=>{status.textContent=text;progress.hidden=true;again.hidden=false}
again.onclick=()=>{try{sessionStorage.removeItem('fetchgate-challenge')}catch{}location.reload()}
try{
const[tries,last]=JSON.parse(sessionStorage.getItem('fetchgate-challenge')||'[0,0]'),count=Date.now()-last<60000?tries+1:1
sessionStorage.setItem('fetchgate-challenge',JSON.stringify([count,Date.now()]))
if(count>3)return fail('The check was passed, but your browser did not keep it. Please allow cookies for this site.')
}catch{}
const root=(n,power)=>{const x=n**(1/power);return(x-Math.floor(x))*2**32|0},K=[],H=[]
for(let n=2;K.length<64;n++){let prime=true;for(let i=2;i*i<=n;i++)if(n%i===0)prime=false;if(prime){if(H.length<8)H.push(root(n,2));K.push(root(n,3))}}
const W=new Int32Array(64)
const word=text=>{
W.fill(0,0,16)
for(let i=0;i<text.length;i++)W[i>>2]|=text.charCodeAt(i)<<24-8*(i&3)
W[text.length>>2]|=128<<24-8*(text.length&3);W[15]=8*text.length
for(let i=16;i<64;i++){const x=W[i-15],y=W[i-2];W[i]=W[i-16]+((x>>>7|x<<25)^(x>>>18|x<<14)^x>>>3)+W[i-7]+((y>>>17|y<<15)^(y>>>19|y<<13)^y>>>10)}
let[a,b,c,d,e,f,g,h]=H
for(let i=0;i<64;i++){
const t=h+((e>>>6|e<<26)^(e>>>11|e<<21)^(e>>>25|e<<7))+(e&f^~e&g)+K[i]+W[i]|0,u=((a>>>2|a<<30)^(a>>>13|a<<19)^(a>>>22|a<<10))+(a&b^a&c^b&c)|0
h=g;g=f;f=e;e=d+t|0;d=c;c=b;b=a;a=t+u|0}
return a+H[0]|0}
const channel=new MessageChannel,pause=()=>new Promise(resolve=>{channel.port1.onmessage=resolve;channel.port2.postMessage(0)})
let n=0,found=false
while(!found){
const until=performance.now()+40
while(!found&&performance.now()<until)for(let i=0;i<256&&!found;i++)found=Math.clz32(word(challenge+':'+ ++n))>=bits
progress.value=1-Math.exp(-n/wanted)
await pause()}
progress.value=1
status.textContent='Done. Loading the page…'
const answer=await fetch(location.href,{headers:{'Fetchgate-Solution':challenge+':'+n},cache:'no-store'}).catch(()=>undefined)
if(answer&&(answer.status===204||answer.status===403))location.reload()
else fail('The check could not be finished. Please try again.')
})()`
