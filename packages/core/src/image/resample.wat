;; Separable resampling of uint8 pixels in 128-bit SIMD. Weights are integers with 22 bits behind the point, sums start at
;; one half; results are clamped to 0..255. Rows may be written and read up to 15 bytes past their end: the caller leaves
;; room behind the last one.
(module
  (memory (export "memory") 1)

  ;; Pixels of three channels: one pixel is one vector of four 32-bit sums, the fourth of which is thrown away. Two taps at
  ;; a time: their weights are two words, of the pair's lowest 15 bits and of the bits above, 16 bits each.
  (func (export "horizontal3")
    (param $source i32) (param $rowBytes i32) (param $rows i32) (param $places i32)
    (param $first i32) (param $count i32) (param $weights i32) (param $stride i32) (param $target i32)
    (local $place i32) (local $pixel i32) (local $weight i32) (local $end i32) (local $row i32) (local $sum v128)
    (local $above v128) (local $pair v128)
    (local.set $stride (i32.shl (local.get $stride) (i32.const 2)))
    (local.set $places (i32.shl (local.get $places) (i32.const 2)))
    (block $done
      (br_if $done (i32.eqz (local.get $rows)))
      (loop $rowLoop
        (local.set $place (i32.const 0))
        (local.set $row (local.get $weights))
        (loop $placeLoop
          (local.set $pixel
            (i32.add (local.get $source)
              (i32.mul (i32.load (i32.add (local.get $first) (local.get $place))) (i32.const 3))))
          (local.set $weight (local.get $row))
          (local.set $end
            (i32.add (local.get $row)
              (i32.and
                (i32.add (i32.shl (i32.load (i32.add (local.get $count) (local.get $place))) (i32.const 2)) (i32.const 4))
                (i32.const -8))))
          (local.set $sum (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
          (local.set $above (v128.const i32x4 0 0 0 0))
          (loop $tapLoop
            (local.set $pair
              (i8x16.swizzle (v128.load64_zero (local.get $pixel))
                (v128.const i8x16 0 -1 3 -1 1 -1 4 -1 2 -1 5 -1 -1 -1 -1 -1)))
            (local.set $sum
              (i32x4.add (local.get $sum)
                (i32x4.dot_i16x8_s (local.get $pair) (v128.load32_splat (local.get $weight)))))
            (local.set $above
              (i32x4.add (local.get $above)
                (i32x4.dot_i16x8_s (local.get $pair) (v128.load32_splat offset=4 (local.get $weight)))))
            (local.set $pixel (i32.add (local.get $pixel) (i32.const 6)))
            (local.set $weight (i32.add (local.get $weight) (i32.const 8)))
            (br_if $tapLoop (i32.lt_u (local.get $weight) (local.get $end))))
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.shl (local.get $above) (i32.const 15))))
          (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 22)))
          (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
          (v128.store32_lane 0 (local.get $target) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
          (local.set $target (i32.add (local.get $target) (i32.const 3)))
          (local.set $row (i32.add (local.get $row) (local.get $stride)))
          (local.set $place (i32.add (local.get $place) (i32.const 4)))
          (br_if $placeLoop (i32.lt_u (local.get $place) (local.get $places))))
        (local.set $source (i32.add (local.get $source) (local.get $rowBytes)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br_if $rowLoop (local.get $rows)))))

  ;; Pixels of one channel.
  (func (export "horizontal1")
    (param $source i32) (param $rowBytes i32) (param $rows i32) (param $places i32)
    (param $first i32) (param $count i32) (param $weights i32) (param $stride i32) (param $target i32)
    (local $place i32) (local $pixel i32) (local $weight i32) (local $end i32) (local $row i32) (local $sum i32)
    (local.set $stride (i32.shl (local.get $stride) (i32.const 2)))
    (local.set $places (i32.shl (local.get $places) (i32.const 2)))
    (block $done
      (br_if $done (i32.eqz (local.get $rows)))
      (loop $rowLoop
        (local.set $place (i32.const 0))
        (local.set $row (local.get $weights))
        (loop $placeLoop
          (local.set $pixel
            (i32.add (local.get $source) (i32.load (i32.add (local.get $first) (local.get $place)))))
          (local.set $weight (local.get $row))
          (local.set $end
            (i32.add (local.get $row)
              (i32.shl (i32.load (i32.add (local.get $count) (local.get $place))) (i32.const 2))))
          (local.set $sum (i32.const 0x200000))
          (loop $tapLoop
            (local.set $sum
              (i32.add (local.get $sum)
                (i32.mul (i32.load8_u (local.get $pixel)) (i32.load (local.get $weight)))))
            (local.set $pixel (i32.add (local.get $pixel) (i32.const 1)))
            (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
            (br_if $tapLoop (i32.lt_u (local.get $weight) (local.get $end))))
          (local.set $sum (i32.shr_s (local.get $sum) (i32.const 22)))
          (local.set $sum (select (i32.const 0) (local.get $sum) (i32.lt_s (local.get $sum) (i32.const 0))))
          (local.set $sum (select (i32.const 255) (local.get $sum) (i32.gt_s (local.get $sum) (i32.const 255))))
          (i32.store8 (local.get $target) (local.get $sum))
          (local.set $target (i32.add (local.get $target) (i32.const 1)))
          (local.set $row (i32.add (local.get $row) (local.get $stride)))
          (local.set $place (i32.add (local.get $place) (i32.const 4)))
          (br_if $placeLoop (i32.lt_u (local.get $place) (local.get $places))))
        (local.set $source (i32.add (local.get $source) (local.get $rowBytes)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br_if $rowLoop (local.get $rows)))))

  ;; Rows of any number of bytes, 16 of them at a time.
  (func (export "vertical")
    (param $source i32) (param $rowBytes i32) (param $places i32)
    (param $first i32) (param $count i32) (param $weights i32) (param $stride i32) (param $target i32)
    (local $column i32) (local $pixel i32) (local $weight i32) (local $end i32) (local $start i32)
    (local $bytes v128) (local $half v128) (local $by v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $stride (i32.shl (local.get $stride) (i32.const 2)))
    (loop $placeLoop
      (local.set $start
        (i32.add (local.get $source) (i32.mul (i32.load (local.get $first)) (local.get $rowBytes))))
      (local.set $end
        (i32.add (local.get $weights) (i32.shl (i32.load (local.get $count)) (i32.const 2))))
      (local.set $column (i32.const 0))
      (loop $columnLoop
        (local.set $pixel (i32.add (local.get $start) (local.get $column)))
        (local.set $weight (local.get $weights))
        (local.set $a (v128.const i32x4 0x200000 0x200000 0x200000 0x200000))
        (local.set $b (local.get $a))
        (local.set $c (local.get $a))
        (local.set $d (local.get $a))
        (loop $tapLoop
          (local.set $bytes (v128.load (local.get $pixel)))
          (local.set $by (v128.load32_splat (local.get $weight)))
          (local.set $half (i16x8.extend_low_i8x16_u (local.get $bytes)))
          (local.set $a
            (i32x4.add (local.get $a) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $half)) (local.get $by))))
          (local.set $b
            (i32x4.add (local.get $b) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $half)) (local.get $by))))
          (local.set $half (i16x8.extend_high_i8x16_u (local.get $bytes)))
          (local.set $c
            (i32x4.add (local.get $c) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $half)) (local.get $by))))
          (local.set $d
            (i32x4.add (local.get $d) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $half)) (local.get $by))))
          (local.set $pixel (i32.add (local.get $pixel) (local.get $rowBytes)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
          (br_if $tapLoop (i32.lt_u (local.get $weight) (local.get $end))))
        (v128.store (i32.add (local.get $target) (local.get $column))
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $a) (i32.const 22)) (i32x4.shr_s (local.get $b) (i32.const 22)))
            (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $c) (i32.const 22)) (i32x4.shr_s (local.get $d) (i32.const 22)))))
        (local.set $column (i32.add (local.get $column) (i32.const 16)))
        (br_if $columnLoop (i32.lt_u (local.get $column) (local.get $rowBytes))))
      (local.set $target (i32.add (local.get $target) (local.get $rowBytes)))
      (local.set $first (i32.add (local.get $first) (i32.const 4)))
      (local.set $count (i32.add (local.get $count) (i32.const 4)))
      (local.set $weights (i32.add (local.get $weights) (local.get $stride)))
      (local.set $places (i32.sub (local.get $places) (i32.const 1)))
      (br_if $placeLoop (local.get $places)))))
