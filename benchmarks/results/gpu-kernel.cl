typedef struct This_s{
   int most;
   __global float *score;
   __global int *index;
   int weighted;
   __global float *weights;
   __local float *tile;
   float sum[64];
   int count;
   int codewords;
   float best[8];
   int found[8];
   int sumCodewords;
   __global float *counts;
   __global float *errors;
   __local int *marks;
   __global float *distance;
   int dimension;
   __global float *rows;
   __global float *originals;
   float x[8];
   float y[8];
   __global float *values;
   __global float *shift;
   __global float *sums;
   int panels;
   int summing;
   int passid;
}This;
int get_pass_id(This *this){
   return this->passid;
}
void io_github_sparknsvq_gpu_SearchKernel__offer(This *this, int row, int codeword, float offered){
   int first = row * this->most;
   int held = min(codeword, this->most);
   if (held<this->most || offered>this->score[((first + this->most) - 1)]){
      int at = min(held, (this->most - 1));
      for (; at>0 && offered>this->score[((first + at) - 1)]; at--){
         this->score[first + at]  = this->score[((first + at) - 1)];
         this->index[first + at]  = this->index[((first + at) - 1)];
      }
      this->score[first + at]  = offered;
      this->index[first + at]  = codeword;
   }
   return;
}
float io_github_sparknsvq_gpu_SearchKernel__weightOf(This *this, int row){
   float weight = 1.0f;
   if (this->weighted==1){
      weight = this->weights[row];
   }
   return(weight);
}
void io_github_sparknsvq_gpu_GroupTileKernel__offerQuarter(This *this, int q, int firstRow, int firstCodeword){
   int t = get_local_id(0);
   int column = t % 16;
   int line = t / 16;
   barrier(CLK_LOCAL_MEM_FENCE);
   for (int r = 0; r<8; r++){
      {
         int row = line + (16 * r);
         this->tile[(row * 32) + ((column + row) % 32)]  = this->sum[((r * 8) + (2 * q))];
         this->tile[(row * 32) + (((column + 16) + row) % 32)]  = this->sum[(((r * 8) + (2 * q)) + 1)];
      }
   }
   barrier(CLK_LOCAL_MEM_FENCE);
   if (t<128 && (firstRow + t)<this->count){
      int first = firstCodeword + (q * 32);
      int live = min(32, (this->codewords - first));
      for (int i = 0; i<live; i++){
         io_github_sparknsvq_gpu_SearchKernel__offer(this, (firstRow + t), (first + i), this->tile[((t * 32) + ((i + t) % 32))]);
      }
   }
   barrier(CLK_LOCAL_MEM_FENCE);
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(This *this, int r, int codeword){
   float highest = this->best[r];
   int at = this->found[r];
   for (int c = 0; c<8; c++){
      if (this->sum[((r * 8) + c)]>highest){
         highest = this->sum[((r * 8) + c)];
         at = codeword + (16 * c);
      }
   }
   this->best[r]  = highest;
   this->found[r]  = at;
   return;
}
void io_github_sparknsvq_gpu_SearchKernel__addErrors(This *this, int firstCodeword, int from, int chosen){
   for (int k = get_local_id(0); k<min(this->sumCodewords, (this->codewords - firstCodeword)); k = k + get_local_size(0)){
      {
         float weight = 0.0f;
         float error = 0.0f;
         if (from>0){
            weight = this->counts[(firstCodeword + k)];
            error = this->errors[(firstCodeword + k)];
         }
         for (int i = 0; i<chosen; i++){
            int row = from + this->marks[i];
            if ((this->index[row] - firstCodeword)==k){
               weight = weight + io_github_sparknsvq_gpu_SearchKernel__weightOf(this, row);
               error = fma(io_github_sparknsvq_gpu_SearchKernel__weightOf(this, row), this->distance[row], error);
            }
         }
         this->counts[firstCodeword + k]  = weight;
         this->errors[firstCodeword + k]  = error;
      }
   }
   return;
}
void io_github_sparknsvq_gpu_SearchKernel__addRows(This *this, int firstCodeword, int firstDimension, int from, int chosen){
   int items = get_local_size(0);
   int lanes = min(items, 128);
   int lane = get_local_id(0) % lanes;
   int turn = get_local_id(0) / lanes;
   int turns = items / lanes;
   int width = min(128, (this->dimension - firstDimension));
   for (int i = 0; i<chosen; i++){
      int row = from + this->marks[i];
      int k = this->index[row] - firstCodeword;
      if ((k % turns)==turn){
         float weight = io_github_sparknsvq_gpu_SearchKernel__weightOf(this, row);
         int at = (row * this->dimension) + firstDimension;
         int codeword = ((firstCodeword + k) * this->dimension) + firstDimension;
         for (int d = lane; d<width; d = d + lanes){
            {
               int e = (k * 128) + d;
               this->tile[e]  = fma(weight, (this->rows[(at + d)] - this->originals[(codeword + d)]), this->tile[e]);
            }
         }
      }
   }
   return;
}
int io_github_sparknsvq_gpu_SearchKernel__listRows(This *this, int firstCodeword, int from){
   int t = get_local_id(0);
   int items = get_local_size(0);
   int each = 2048 / items;
   int end = min((from + ((t + 1) * each)), this->count);
   int own = 0;
   for (int i = from + (t * each); i<end; i++){
      int k = this->index[i] - firstCodeword;
      if (k>=0 && k<this->sumCodewords){
         own++;
      }
   }
   this->marks[2048 + t]  = own;
   barrier(CLK_LOCAL_MEM_FENCE);
   int at = 0;
   int all = 0;
   for (int j = 0; j<items; j++){
      int others = this->marks[(2048 + j)];
      all = all + others;
      if (j<t){
         at = at + others;
      }
   }
   for (int i = from + (t * each); i<end; i++){
      int k = this->index[i] - firstCodeword;
      if (k>=0 && k<this->sumCodewords){
         this->marks[at]  = i - from;
         at++;
      }
   }
   barrier(CLK_LOCAL_MEM_FENCE);
   return(all);
}
void io_github_sparknsvq_gpu_GroupTileKernel__writeBest(This *this, int firstRow){
   int column = get_local_id(0) % 16;
   int line = get_local_id(0) / 16;
   barrier(CLK_LOCAL_MEM_FENCE);
   for (int r = 0; r<8; r++){
      {
         int e = ((line + (16 * r)) * 16) + column;
         this->tile[e]  = this->best[r];
         this->marks[e]  = this->found[r];
      }
   }
   barrier(CLK_LOCAL_MEM_FENCE);
   int t = get_local_id(0);
   if (t<128 && (firstRow + t)<this->count){
      float highest = this->tile[(t * 16)];
      int at = this->marks[(t * 16)];
      for (int i = (t * 16) + 1; i<((t + 1) * 16); i++){
         if (this->tile[i]>highest || this->tile[i]==highest && this->marks[i]<at){
            highest = this->tile[i];
            at = this->marks[i];
         }
      }
      this->index[firstRow + t]  = at;
   }
   barrier(CLK_LOCAL_MEM_FENCE);
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__offerScores(This *this, int firstRow, int firstCodeword){
   io_github_sparknsvq_gpu_GroupTileKernel__offerQuarter(this, 0, firstRow, firstCodeword);
   io_github_sparknsvq_gpu_GroupTileKernel__offerQuarter(this, 1, firstRow, firstCodeword);
   io_github_sparknsvq_gpu_GroupTileKernel__offerQuarter(this, 2, firstRow, firstCodeword);
   io_github_sparknsvq_gpu_GroupTileKernel__offerQuarter(this, 3, firstRow, firstCodeword);
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__keepBest(This *this, int codeword){
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 0, codeword);
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 1, codeword);
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 2, codeword);
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 3, codeword);
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 4, codeword);
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 5, codeword);
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 6, codeword);
   io_github_sparknsvq_gpu_GroupTileKernel__keepBestOf(this, 7, codeword);
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__multiply(This *this, int row, int codeword){
   for (int r = 0; r<8; r++){
      this->x[r]  = this->tile[(row + (16 * r))];
   }
   for (int c = 0; c<8; c++){
      this->y[c]  = this->tile[(codeword + (16 * c))];
   }
   for (int r = 0; r<8; r++){
      for (int c = 0; c<8; c++){
         this->sum[(r * 8) + c]  = fma(this->x[r], this->y[c], this->sum[((r * 8) + c)]);
      }
   }
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__loadCodewords(This *this, int start, int from){
   int live = (this->dimension - from) - (get_local_id(0) / 128);
   int at = (start + (128 * (from + 1))) + get_local_id(0);
   for (int i = 0; i<8; i++){
      {
         float value = 0.0f;
         if ((2 * i)<live){
            value = this->values[(at + (256 * i))];
         }
         this->tile[(2064 + get_local_id(0)) + (256 * i)]  = value;
      }
   }
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__loadRows(This *this, int firstRow, int from){
   int j = get_local_id(0) % 16;
   int line = get_local_id(0) / 16;
   int live = (this->count - firstRow) - line;
   int at = (((firstRow + line) * this->dimension) + from) + j;
   if ((from + j)>=this->dimension){
      live = 0;
   }
   float offset = this->shift[min((from + j), (this->dimension - 1))];
   for (int i = 0; i<8; i++){
      {
         float value = 0.0f;
         if ((16 * i)<live){
            value = this->rows[at] - offset;
         }
         this->tile[((j * 129) + line) + (16 * i)]  = value;
         at = at + (16 * this->dimension);
      }
   }
   return;
}
void io_github_sparknsvq_gpu_SearchKernel__addUpBlock(This *this, int firstCodeword, int firstDimension){
   int t = get_local_id(0);
   int items = get_local_size(0);
   for (int e = t; e<4112; e = e + items){
      this->tile[e]  = 0.0f;
   }
   for (int from = 0; from<this->count; from+=2048){
      {
         int chosen = io_github_sparknsvq_gpu_SearchKernel__listRows(this, firstCodeword, from);
         io_github_sparknsvq_gpu_SearchKernel__addRows(this, firstCodeword, firstDimension, from, chosen);
         if (firstDimension==0){
            io_github_sparknsvq_gpu_SearchKernel__addErrors(this, firstCodeword, from, chosen);
         }
         barrier(CLK_LOCAL_MEM_FENCE);
      }
   }
   int width = min(128, (this->dimension - firstDimension));
   int live = min(this->sumCodewords, (this->codewords - firstCodeword));
   int lanes = min(items, 128);
   for (int k = t / lanes; k<live; k = k + (items / lanes)){
      for (int d = t % lanes; d<width; d = d + lanes){
         this->sums[(((firstCodeword + k) * this->dimension) + firstDimension) + d]  = this->tile[((k * 128) + d)];
      }
   }
   barrier(CLK_LOCAL_MEM_FENCE);
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__searchRows(This *this, int firstRow){
   int column = get_local_id(0) % 16;
   int line = get_local_id(0) / 16;
   for (int r = 0; r<8; r++){
      this->best[r]  = -3.4028235E38f;
      this->found[r]  = 0;
   }
   for (int panel = 0; panel<this->panels; panel++){
      int start = (panel * 128) * (this->dimension + 1);
      for (int c = 0; c<8; c++){
         this->y[c]  = this->values[((start + column) + (16 * c))];
      }
      for (int r = 0; r<8; r++){
         for (int c = 0; c<8; c++){
            this->sum[(r * 8) + c]  = this->y[c];
         }
      }
      for (int from = 0; from<this->dimension; from+=16){
         barrier(CLK_LOCAL_MEM_FENCE);
         io_github_sparknsvq_gpu_GroupTileKernel__loadRows(this, firstRow, from);
         io_github_sparknsvq_gpu_GroupTileKernel__loadCodewords(this, start, from);
         barrier(CLK_LOCAL_MEM_FENCE);
         for (int j = 0; j<16; j++){
            io_github_sparknsvq_gpu_GroupTileKernel__multiply(this, ((j * 129) + line), ((2064 + (j * 128)) + column));
         }
      }
      if (this->most==1){
         io_github_sparknsvq_gpu_GroupTileKernel__keepBest(this, ((panel * 128) + column));
      } else {
         io_github_sparknsvq_gpu_GroupTileKernel__offerScores(this, firstRow, (panel * 128));
      }
   }
   if (this->most==1){
      io_github_sparknsvq_gpu_GroupTileKernel__writeBest(this, firstRow);
   }
   barrier(CLK_LOCAL_MEM_FENCE);
   return;
}
void io_github_sparknsvq_gpu_SearchKernel__addUp(This *this){
   int parts = ((this->dimension + 128) - 1) / 128;
   int blocks = (((this->codewords + this->sumCodewords) - 1) / this->sumCodewords) * parts;
   if (this->summing==1){
      for (int block = get_group_id(0); block<blocks; block = block + get_num_groups(0)){
         io_github_sparknsvq_gpu_SearchKernel__addUpBlock(this, ((block / parts) * this->sumCodewords), ((block % parts) * 128));
      }
      barrier(CLK_LOCAL_MEM_FENCE);
   }
   return;
}
void io_github_sparknsvq_gpu_SearchKernel__measure(This *this){
   int last = this->count * this->most;
   for (int i = get_global_id(0); i<last; i = i + get_global_size(0)){
      {
         int a = (i / this->most) * this->dimension;
         int b = this->index[i] * this->dimension;
         float s0 = 0.0f;
         float s1 = 0.0f;
         float s2 = 0.0f;
         float s3 = 0.0f;
         int j = 0;
         for (; (j + 3)<this->dimension; j+=4){
            {
               float d0 = this->rows[(a + j)] - this->originals[(b + j)];
               float d1 = this->rows[((a + j) + 1)] - this->originals[((b + j) + 1)];
               float d2 = this->rows[((a + j) + 2)] - this->originals[((b + j) + 2)];
               float d3 = this->rows[((a + j) + 3)] - this->originals[((b + j) + 3)];
               s0 = fma(d0, d0, s0);
               s1 = fma(d1, d1, s1);
               s2 = fma(d2, d2, s2);
               s3 = fma(d3, d3, s3);
            }
         }
         for (; j<this->dimension; j++){
            {
               float d = this->rows[(a + j)] - this->originals[(b + j)];
               s0 = fma(d, d, s0);
            }
         }
         this->distance[i]  = (s0 + s1) + (s2 + s3);
      }
   }
   return;
}
void io_github_sparknsvq_gpu_GroupTileKernel__search(This *this){
   int firstRow = get_group_id(0) * 128;
   if (firstRow<this->count){
      io_github_sparknsvq_gpu_GroupTileKernel__searchRows(this, firstRow);
   }
   return;
}
__kernel void run(
   int most, 
   __global float *score, 
   __global int *index, 
   int weighted, 
   __global float *weights, 
   __local float *tile, 
   int count, 
   int codewords, 
   int sumCodewords, 
   __global float *counts, 
   __global float *errors, 
   __local int *marks, 
   __global float *distance, 
   int dimension, 
   __global float *rows, 
   __global float *originals, 
   __global float *values, 
   __global float *shift, 
   __global float *sums, 
   int panels, 
   int summing, 
   int passid
){
   This thisStruct;
   This* this=&thisStruct;
   this->most = most;
   this->score = score;
   this->index = index;
   this->weighted = weighted;
   this->weights = weights;
   this->tile = tile;
   this->count = count;
   this->codewords = codewords;
   this->sumCodewords = sumCodewords;
   this->counts = counts;
   this->errors = errors;
   this->marks = marks;
   this->distance = distance;
   this->dimension = dimension;
   this->rows = rows;
   this->originals = originals;
   this->values = values;
   this->shift = shift;
   this->sums = sums;
   this->panels = panels;
   this->summing = summing;
   this->passid = passid;
   {
      int pass = get_pass_id(this);
      if (pass==0){
         io_github_sparknsvq_gpu_GroupTileKernel__search(this);
      }
      if (pass==1){
         io_github_sparknsvq_gpu_SearchKernel__measure(this);
      }
      if (pass==2){
         io_github_sparknsvq_gpu_SearchKernel__addUp(this);
      }
      return;
   }
}
